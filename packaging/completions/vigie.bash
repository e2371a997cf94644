# bash completion for vigie and vigied. Commands, options and keywords stand above, written when vigie was built.

_vigie_instances() {
  vigie "${directories[@]}" status --json 2>/dev/null | sed -n '/^  "groups"/q; s/^      "name": "\(.*\)",$/\1/p'
}

# What can fail in the running configuration: scripts, interfaces, permit files, peers.
_vigie_failures() {
  vigie "${directories[@]}" plan --fail each 2>/dev/null | sed -n 's/^if [a-z]* \(.*\) fails:$/\1/p'
}

_vigie() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
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
    --for) mapfile -t COMPREPLY < <(compgen -W "30m 1h 2h 8h 1d" -- "$current"); return ;;
    --since) mapfile -t COMPREPLY < <(compgen -W "10m 1h 2h 1d 7d" -- "$current"); return ;;
    --kind) mapfile -t COMPREPLY < <(compgen -W "$_vigie_kinds" -- "$current"); return ;;
    --role) mapfile -t COMPREPLY < <(compgen -W "$_vigie_roles" -- "$current"); return ;;
    -f|--file|--from) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --fail)
      mapfile -t COMPREPLY < <(compgen -W "each $(_vigie_failures)" -- "$current")
      return ;;
    # A value that nobody but the operator knows.
    -i|--config-id|--limit|--group|--status-command) return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$_vigie_common ${_vigie_options[${command:-none}]-}" -- "$current" | sort -u)
    return
  fi
  case $command in
    "") mapfile -t COMPREPLY < <(compgen -W "$_vigie_commands" -- "$current") ;;
    check|plan) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    keyword) mapfile -t COMPREPLY < <(compgen -W "$_vigie_keywords" -- "$current") ;;
    maintenance) mapfile -t COMPREPLY < <(compgen -W "on off status" -- "$current") ;;
    status|peers|history|why|enable-routing|disable-routing|switchover)
      mapfile -t COMPREPLY < <(compgen -W "$(_vigie_instances)" -- "$current") ;;
  esac
}

_vigied() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  case $previous in
    -f|--file) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --run-dir|--state-dir) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    -i|--config-id) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$_vigied_options" -- "$current")
}

complete -F _vigie vigie
complete -F _vigied vigied
