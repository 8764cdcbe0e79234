// `waybill version`.
import type { Command } from 'commander'
import { formatOption, print } from '../render/format.js'
import type { Terminal } from '../terminal.js'
import { versionOf } from '../version.js'

export function versionCommand(program: Command, terminal: Terminal): void {
  program
    .command('version')
    .summary('which Waybill this is')
    .description('Prints the versions of Waybill and of Node.js.')
    .addOption(formatOption())
    .action((options: { readonly output: string }) => {
      const versions = { waybill: versionOf(), node: process.version.slice(1) }
      print(terminal, options.output, versions, () => `waybill ${versions.waybill} (node ${versions.node})`)
    })
}
