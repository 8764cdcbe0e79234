// The control plane's part of the configuration: where it listens and which names it answers to.
import { z } from 'zod'
import { hostOption, secretOption } from '../core/options.js'

export const controlOptions = z
  .strictObject({
    port: z.int().min(0).max(65_535).default(8081).describe('TCP port; 0 takes a free one.'),
    host: hostOption().default('127.0.0.1').describe('Address to listen on; one that is not loopback needs a `token`.'),
    hosts: z
      .array(z.string().min(1))
      .default([])
      .describe('Host names, besides loopback’s, by which clients and pages may reach it. All others are refused.'),
    token: secretOption
      .optional()
      .describe(
        'Secret that clients must send as `Authorization: Bearer …`: visible ASCII without spaces. Needed where `host` is not loopback.',
      ),
  })
  .describe('The control plane: REST API, health and metrics.')

export interface ControlSettings {
  readonly host: string
  readonly port: number
  /** names besides loopback's that it answers to, lower case */
  readonly hosts: readonly string[]
  /** what clients must send as bearer token, where one is configured */
  readonly token?: { reveal(): string }
}
