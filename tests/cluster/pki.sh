# shellcheck shell=bash
# Certificates and the kubeconfig of one test cluster. Sourced by up.sh. Elliptic curve keys: making them costs nothing.

make_pki() { # RUN_DIR: pki/{ca,apiserver,admin}.{crt,key}, pki/sa.{key,pub}
  local pki=$1/pki
  mkdir -p "$pki" && chmod 700 "$pki"
  {
    new_key "$pki/ca.key" &&
      openssl req -x509 -new -key "$pki/ca.key" -out "$pki/ca.crt" -days 3650 -subj /CN=muster-test-ca &&
      issue "$pki" apiserver /CN=kube-apiserver &&
      issue "$pki" admin /O=system:masters/CN=admin &&
      new_key "$pki/sa.key" &&
      openssl pkey -in "$pki/sa.key" -pubout -out "$pki/sa.pub"
  } >"$1/log/pki.log" 2>&1 || {
    show_log_tail "$1" pki
    die "openssl could not make the certificates of the cluster; is openssl installed (make deps) and is there room on the disk?"
  }
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

issue() { # PKI_DIR NAME SUBJECT
  new_key "$1/$2.key" &&
    openssl req -new -key "$1/$2.key" -out "$1/$2.csr" -subj "$3" &&
    openssl x509 -req -in "$1/$2.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial -out "$1/$2.crt" -days 3650 \
      -extfile <(echo 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc')
}

# Everything is inline, so that the file can be copied. It replaces a link (to a user's own kubeconfig), never writes through it.
write_kubeconfig() { # RUN_DIR NAME PORT
  local pki=$1/pki
  (
    umask 077
    cat >"$1/kubeconfig.new" <<YAML
apiVersion: v1
kind: Config
clusters:
- name: $2
  cluster:
    server: https://127.0.0.1:$3
    certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
users:
- name: $2-admin
  user:
    client-certificate-data: $(base64 -w0 "$pki/admin.crt")
    client-key-data: $(base64 -w0 "$pki/admin.key")
contexts:
- name: $2
  context: {cluster: $2, user: $2-admin}
current-context: $2
YAML
  )
  mv "$1/kubeconfig.new" "$1/kubeconfig"
}
