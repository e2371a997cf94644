# bash completion for vigie and vigied

_vigie_instances() {
  vigie "${directories[@]}" status --json 2>/dev/null | sed -n '/^  "groups"/q; s/^      "name": "\(.*\)",$/\1/p'
}

# What can fail in the running configuration: scripts, interfaces, permit files, peers.
_vigie_failures() {
  vigie "${directories[@]}" plan --fail each 2>/dev/null | sed -n 's/^if [a-z]* \(.*\) fails:$/\1/p'
}

_vigie() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local commands="status peers scan check plan reload upgrade history why enable-routing disable-routing monit version"
  local command= directories=() i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --run-dir|--state-dir) directories+=("${COMP_WORDS[i]}" "${COMP_WORDS[i+1]}"); i=$((i + 1)) ;;
      -*) ;;
      *) [[ -n $command ]] || command=${COMP_WORDS[i]} ;;
    esac
  done
  case $previous in
    --run-dir|--state-dir) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    --since) mapfile -t COMPREPLY < <(compgen -W "10m 1h 2h 1d 7d" -- "$current"); return ;;
    --kind) mapfile -t COMPREPLY < <(compgen -W "transition contest mismatch clock stray group hold tracked script link permit command reload priority note" -- "$current"); return ;;
    --role) mapfile -t COMPREPLY < <(compgen -W "auto primary backup" -- "$current"); return ;;
    -f|--file|--from) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --fail)
      mapfile -t COMPREPLY < <(compgen -W "each $(_vigie_failures)" -- "$current")
      return ;;
    -i|--config-id) return ;;
    --limit|--group|--status-command) return ;;
  esac
  if [[ $current == -* ]]; then
    local options="--run-dir --state-dir --help"
    case $command in
      status|peers|scan) options+=" --json" ;;
      check) options+=" --explain --config-id --json" ;;
      plan) options+=" --from --fail --config-id --json" ;;
      history) options+=" --since --limit --kind --all --json" ;;
      upgrade) options+=" --force" ;;
      monit) options+=" --file --role --group --status-command" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  case $command in
    "") mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
    check|plan) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    status|peers|history|why|enable-routing|disable-routing)
      mapfile -t COMPREPLY < <(compgen -W "$(_vigie_instances)" -- "$current") ;;
  esac
}

_vigied() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  case $previous in
    -f|--file) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --run-dir|--state-dir) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "-n --foreground -f --file --run-dir --state-dir -t --config-test --version --help" -- "$current")
}

complete -F _vigie vigie
complete -F _vigied vigied
