// `waybill completion bash|zsh|fish`: a script for the shell, made from the commands themselves.
import { Argument, type Command } from 'commander'
import type { Terminal } from '../terminal.js'

export function completionCommand(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .summary('completion for your shell')
    .description('Prints a completion script for a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', examples)
    .action((shell: string) => {
      terminal.out(scripts[shell as keyof typeof scripts](branchesOf(program)))
    })
}

const examples = `
Examples:
  source <(waybill completion bash)                                 this session
  waybill completion zsh > "\${fpath[1]}/_waybill"
  waybill completion fish > ~/.config/fish/completions/waybill.fish`

interface Branch {
  /** such as `lineage up`; empty for the program itself */
  readonly path: string
  /** subcommands and long options */
  readonly words: readonly string[]
}

function branchesOf(command: Command, path: readonly string[] = []): readonly Branch[] {
  const options = command.options.map((option) => option.long).filter((long) => typeof long === 'string')
  const words = [...command.commands.map((one) => one.name()), ...options, '--help']
  return [{ path: path.join(' '), words }, ...command.commands.flatMap((one) => branchesOf(one, [...path, one.name()]))]
}

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }

/** The longest known path that the words name, options and operands aside, decides what may follow. */
function bashScript(branches: readonly Branch[]): string {
  const steps = branches.flatMap(({ path }) => (path === '' ? [] : [`'${stepOf(path)}'`]))
  const cases = branches.map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`)
  return `_waybill() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path|$word" in ${steps.join('|')}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -F _waybill waybill
`
}

/** `lineage|up`: the path before, and the word that lengthens it. */
function stepOf(path: string): string {
  const words = path.split(' ')
  return `${words.slice(0, -1).join(' ')}|${words.at(-1) ?? ''}`
}

function zshScript(branches: readonly Branch[]): string {
  return `#compdef waybill
autoload -U +X bashcompinit && bashcompinit
${bashScript(branches)}`
}

function fishScript(branches: readonly Branch[]): string {
  const lines = branches.flatMap(({ path, words }) =>
    words.map((word) => {
      const test = `test "$(__waybill_path)" = "${path}"`
      return word.startsWith('--')
        ? `complete -c waybill -n '${test}' -l ${word.slice(2)}`
        : `complete -c waybill -f -n '${test}' -a ${word}`
    }),
  )
  const paths = branches.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`]))
  return `function __waybill_path
  set -l path ''
  set -l words (commandline -opc)
  for word in $words[2..-1]
    set -l longer (string trim -- "$path $word")
    contains -- $longer ${paths.join(' ')}; and set path $longer
  end
  echo $path
end
${lines.join('\n')}
`
}
