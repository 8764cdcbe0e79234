// The command line's page, made of the commands' own help.
import type { Command } from 'commander'
import { createProgram } from '../cli/program.js'
import type { Terminal } from '../cli/terminal.js'

export function cliPage(): string {
  let text = ''
  const terminal: Terminal = {
    ...{ env: {}, cwd: '/', err: () => undefined, exit: () => undefined, onStop: () => undefined },
    out: (more) => {
      text += more
    },
  }
  const helpOf = (command: Command): string => {
    text = ''
    command.outputHelp()
    return text.trimEnd()
  }
  const program = createProgram(terminal)
  const sections = leavesOf(program, ['waybill']).map(
    ({ name, command }) => `## ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
  )
  return `${opening}\n\`\`\`text\n${helpOf(program)}\n\`\`\`\n\n${sections.join('\n')}`
}

const opening = `# The command line

<!-- made from the commands by \`npm run docs\`: change cli/commands/ instead -->

Answers go to standard output, everything else to standard error. \`-o json\` and \`-o yaml\` give what the control API answers.
Commands that read ask a running Waybill (\`--url\`, \`WAYBILL_URL\`, else http://127.0.0.1:8081), or with \`--data\` a data folder on which
none is running. A node is \`<type>:<name>[@<version>]\`, as in \`model:models/churn@3\`; ids write \`%\` and
\`@\` of a name as \`%25\` and \`%40\` (\`agent:alice%40example.com\`). An exchange is its \`Waybill-Exchange\` id.
An environment variable that is empty counts as not set; an option that is empty (\`--data ''\`) is bad input.

| exit code | means |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | bad input or configuration |
| 3 | not found (no such node or exchange; \`explain\`: no route takes the request) |
| 4 | the control plane can’t be reached |
`

interface Leaf {
  readonly name: string
  readonly command: Command
}

/** Commands that do something, with their whole names. */
function leavesOf(command: Command, path: readonly string[]): readonly Leaf[] {
  return command.commands.flatMap((one) => {
    const name = [...path, one.name()]
    return one.commands.length > 0 ? leavesOf(one, name) : [{ name: name.join(' '), command: one }]
  })
}
