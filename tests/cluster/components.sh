# shellcheck shell=bash
# How each program of the control plane is started. Sourced by up.sh and component.sh, so that a component that is started
# again is started in the same way. Everything listens on loopback; settings come from RUN_DIR/cluster.env.

# Fills the array $command for one component.
# shellcheck disable=SC2054,SC2154 # commas are part of the flags; $components is lib.sh's
component_command() { # RUN_DIR NAME
  local run=$1 name=$2
  local etcd_url=http://127.0.0.1:$((PORT + 1)) peer_url=http://127.0.0.1:$((PORT + 2))
  # Leader election would only cost writes: there is one of each.
  local controller_flags=(--kubeconfig="$run/kubeconfig" --authentication-kubeconfig="$run/kubeconfig"
    --authorization-kubeconfig="$run/kubeconfig" --leader-elect=false --bind-address=127.0.0.1
    --kube-api-qps=1000 --kube-api-burst=1000 --feature-gates="$FEATURE_GATES")
  command=("$cluster_bin/$name")
  case $name in
    etcd)
      # The data is thrown away with the cluster: syncing it to disk would only make it slow.
      command+=(--data-dir="$run/etcd-data" --listen-client-urls="$etcd_url" --advertise-client-urls="$etcd_url"
        --listen-peer-urls="$peer_url" --initial-advertise-peer-urls="$peer_url" --initial-cluster="default=$peer_url"
        --unsafe-no-fsync --quota-backend-bytes=8589934592 --log-level=error)
      ;;
    kube-apiserver)
      # OwnerReferencesPermissionEnforcement is on in hardened clusters: what works here works there.
      # TaintNodesByCondition would taint every new node until the controller manager has seen that it is ready:
      # hollow nodes are ready when they are created, and hundreds come at a time.
      command+=(--etcd-servers="$etcd_url" --secure-port="$PORT" --bind-address=127.0.0.1 --advertise-address=127.0.0.1
        --tls-cert-file="$run/pki/apiserver.crt" --tls-private-key-file="$run/pki/apiserver.key"
        --client-ca-file="$run/pki/ca.crt" --authorization-mode=Node,RBAC
        --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$run/pki/sa.pub"
        --service-account-signing-key-file="$run/pki/sa.key" --service-cluster-ip-range=10.0.0.0/16
        --endpoint-reconciler-type=none --shutdown-watch-termination-grace-period=2s --enable-admission-plugins="$ADMISSION_PLUGINS"
        --disable-admission-plugins="$DISABLED_ADMISSION_PLUGINS"
        --feature-gates="$FEATURE_GATES" --runtime-config="$RUNTIME_CONFIG")
      if [ "$AUDIT" = yes ]; then
        command+=(--audit-policy-file="$cluster_src/audit-policy.yaml" --audit-log-path="$run/audit.log"
          --audit-log-maxsize=4096)
      fi
      ;;
    kube-controller-manager)
      # Hollow nodes send no heartbeats: a node is unready when a test says so, not when the cluster has been up for long.
      # The ttl controller tells kubelets how long to cache secrets: a write per node for nobody.
      # Each controller asks as its own ServiceAccount, as in what kubeadm, k3s and the clouds set up: policies know them by it.
      command+=("${controller_flags[@]}" --secure-port=$((PORT + 3)) --node-monitor-grace-period=8760h
        --controllers=*,-ttl-controller --use-service-account-credentials=true
        --service-account-private-key-file="$run/pki/sa.key" --root-ca-file="$run/pki/ca.crt")
      ;;
    kube-scheduler)
      command+=("${controller_flags[@]}" --secure-port=$((PORT + 4)))
      ;;
    kwok)
      # Chosen by label, not by annotation: taking the label off makes the node one that nobody manages any more.
      command+=(--kubeconfig="$run/kubeconfig" --config="$cluster_src/kwok.yaml" --config="$run/stages.yaml"
        --manage-all-nodes=false --manage-nodes-with-label-selector=test.muster.dev/node=hollow
        -v WARN --cidr=10.64.0.0/10 --node-ip=10.1.0.1 --node-lease-duration-seconds=0 --server-address="127.0.0.1:$((PORT + 5))")
      ;;
    *) die "no component is called '$name'; there are: ${components[*]}" ;;
  esac
}

component_port() { # NAME
  case $1 in
    etcd) printf '%s' $((PORT + 1)) ;;
    kube-apiserver) printf '%s' "$PORT" ;;
    kube-controller-manager) printf '%s' $((PORT + 3)) ;;
    kube-scheduler) printf '%s' $((PORT + 4)) ;;
    kwok) printf '%s' $((PORT + 5)) ;;
  esac
}

accepts_connections() { # PORT
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# stages.yaml with next-step.jq on one line in place of @next_step@.
write_stages() { # RUN_DIR
  local program stages
  program=$(grep -v '^#' "$cluster_src/next-step.jq" | tr '\n' ' ')
  stages=$(cat "$cluster_src/stages.yaml")
  printf '%s\n' "${stages//@next_step@/"$program"}" >"$1/stages.yaml"
}

start_component() { # RUN_DIR NAME
  local command
  if [ "$2" = kwok ]; then write_stages "$1"; fi
  component_command "$1" "$2"
  start_detached "$1" "$2" "${command[@]}"
}

# Ready means: it answers. For the API server: it says so itself.
wait_for_component() { # RUN_DIR NAME
  case $2 in
    kube-apiserver) wait_for "$1" "$2" 180 cluster_kubectl "$1" get --raw /readyz ;;
    *) wait_for "$1" "$2" 180 accepts_connections "$(component_port "$2")" ;;
  esac
}
