// Finds and reads waybill.yaml for a command, and says everything that is wrong with it.
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { compileConfig, type Compiled } from '../config/compile.js'
import type { Config } from '../config/config.js'
import { errorLine, loadConfig, type Loaded } from '../config/load.js'
import { gathererCatalog } from '../gatherers/catalog.js'
import { CliFailure, unreadable } from './failure.js'
import { given } from './given.js'
import { exitCodes, type Terminal } from './terminal.js'

export interface ConfigurationOptions {
  readonly config?: string | undefined
  /** data folder that replaces the configured one */
  readonly data?: string | undefined
}

export interface Configuration {
  readonly file: string
  readonly config: Config
  readonly compiled: Compiled
}

export const configFlag = '-c, --config <file>'
export const configText = 'configuration file (default: $WAYBILL_CONFIG, else waybill.yaml)'

export function loadFile(
  terminal: Terminal,
  options: ConfigurationOptions,
): { readonly file: string; readonly loaded: Loaded } {
  const named = given(terminal, { flag: '--config', value: options.config, variable: 'WAYBILL_CONFIG' })
  const path = resolve(terminal.cwd, named ?? 'waybill.yaml')
  const inside = relative(terminal.cwd, path)
  const file = inside === '' || inside.startsWith('..') ? path : inside
  const readFile = (name: string) => readFileSync(resolve(terminal.cwd, name), 'utf8')
  const source = { file, text: textOf(path, file), env: terminal.env, readFile }
  return { file, loaded: loadConfig(source, gathererCatalog()) }
}

function textOf(path: string, shown: string): string {
  const bytes = bytesOf(path, shown)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const { line, column } = firstFault(bytes)
    const hint = 'Save the file as UTF-8.'
    throw new CliFailure(`${shown}:${line}:${column}: expected UTF-8; this byte is none`, hint, exitCodes.badInput)
  }
}

/** Where the bytes stop being UTF-8: the first replacement character that doesn't stand there itself. */
function firstFault(bytes: Buffer): { readonly line: number; readonly column: number } {
  let at = 0
  let before = ''
  for (const character of bytes.toString('utf8')) {
    const length = Buffer.byteLength(character)
    if (character === '\uFFFD' && bytes.toString('hex', at, at + length) !== 'efbfbd') break
    at += length
    before += character
  }
  const lines = before.split('\n')
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

function bytesOf(path: string, shown: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const hint =
      'Name the file with --config, or run in its folder. docs/reference/configuration.md, in Waybill’s folder, says what goes into it.'
    throw new CliFailure(`can’t read ${shown}: ${unreadable(error)}`, hint, exitCodes.badInput)
  }
}

/** The data folder that the command line or the environment names. */
export function dataFolderOf(terminal: Terminal, value: string | undefined): string | undefined {
  return given(terminal, { flag: '--data', value, variable: 'WAYBILL_DATA' })
}

/** Prints warnings and errors to `err`; throws after the errors. */
export function readConfiguration(terminal: Terminal, options: ConfigurationOptions): Configuration {
  const folder = dataFolderOf(terminal, options.data)
  const { file, loaded } = loadFile(terminal, options)
  for (const warning of loaded.warnings) terminal.err(`warning: ${errorLine(warning)}\n`)
  if (!loaded.ok) {
    for (const error of loaded.errors) terminal.err(`${errorLine(error)}\n`)
    const many = loaded.errors.length === 1 ? 'an error' : `${loaded.errors.length} errors`
    throw new CliFailure(
      `${file} has ${many}`,
      'docs/reference/configuration.md, in Waybill’s folder, describes every key.',
      exitCodes.badInput,
    )
  }
  const compiled = compileConfig(loaded.config, gathererCatalog())
  const data = resolve(terminal.cwd, folder ?? compiled.data)
  return { file, config: loaded.config, compiled: { ...compiled, data } }
}
