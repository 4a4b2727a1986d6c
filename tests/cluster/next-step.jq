# Which scripted step a running hollow pod takes next, from its annotations test.muster.dev/* (README.md tells what each
# does). One program for all stages, put in place of @next_step@ in stages.yaml, so that exactly one stage matches at any
# time: kwok would choose at random between two.
(.metadata.annotations // {}) as $script
| (.metadata.labels // {}) as $labels
| ([.status.conditions[]? | select(.type == "Ready")] | first // {}) as $ready
| .status.containerStatuses[0] as $container
| $script["test.muster.dev/only-index"] as $only
| if .metadata.deletionTimestamp != null or .status.phase != "Running" then "none"
  elif $container.state.waiting != null then "restart"
  elif $only != null and $only != ($labels["batch.kubernetes.io/job-completion-index"] // $labels["apps.kubernetes.io/pod-index"]) then "none"
  elif $script["test.muster.dev/ready-after"] != null and $ready.status != "True" then "ready"
  elif $script["test.muster.dev/unready-after"] != null and $ready.status == "True" and $ready.reason != "ReadyAgain" then "unready"
  elif $script["test.muster.dev/restart-after"] != null
    and $container.restartCount < ($script["test.muster.dev/restarts"] // "1" | tonumber) then "crash"
  elif $script["test.muster.dev/fail-after"] != null then "fail"
  elif $script["test.muster.dev/finish-after"] != null then "finish"
  else "none" end
