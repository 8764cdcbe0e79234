// What crosses between the graph thread and the planner that it starts.
import type { Plan } from './plan.js'

export interface PlannerThreadOptions {
  readonly dir: string
  /** that of the graph thread: core/processor-share.ts */
  readonly share: SharedArrayBuffer | undefined
}

/** `plan`: asks for that of the leaves behind `after` */
export type ToPlanner = { readonly kind: 'plan'; readonly after: number } | { readonly kind: 'close' }

/** `plan` undefined: there are no such leaves, or they can't be planned together */
export type FromPlanner =
  { readonly kind: 'ready' } | { readonly kind: 'planned'; readonly after: number; readonly plan: Plan | undefined }
