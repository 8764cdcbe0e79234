// What an asker sees of the set of facts: both times and the tenants, as values for SQL. A fact counts where it had
// happened by `asOf`, was recorded by `knownAt`, and no higher generation of its exchange was recorded by then.
import type { TenantScope } from '../../core/tenant.js'
import type { AsOf } from '../ports.js'
import type { Database, SqlValue } from '../sqlite/driver.js'
import { endOfTime } from './schema.js'

export interface View {
  readonly asOf: number
  readonly knownAt: number
  /** undefined: every tenant */
  readonly tenants: ReadonlySet<number> | undefined
}

/** Condition on a fact's row `fact`, or on another `time` of it, and its `leaf`; takes the values of `times`. */
export function standing(fact: string, time = `${fact}.time`): string {
  return `${time} <= ? AND leaf.recorded <= ? AND leaf.until > ?`
}

export function times(view: View): [number, number, number] {
  return [view.asOf, view.knownAt, view.knownAt]
}

/** Condition on `leaf`; takes the values of `tenants`. */
export const readable = '(? = 1 OR leaf.tenant IN (SELECT value FROM json_each(?)))'

export function tenants(view: View): [SqlValue, SqlValue] {
  return view.tenants === undefined ? [1, '[]'] : [0, JSON.stringify([...view.tenants])]
}

export function seesTenant(view: View, tenant: number): boolean {
  return view.tenants === undefined || view.tenants.has(tenant)
}

export function createViews(db: Database): (scope: TenantScope, when: AsOf) => View {
  const word = db.prepare<{ id: number }>('SELECT id FROM word WHERE text = ?')
  return (scope, when) => ({
    asOf: when.asOf ?? endOfTime - 1,
    knownAt: when.knownAt ?? endOfTime - 1,
    tenants: scope.all
      ? undefined
      : new Set(scope.tenants.flatMap(({ project, domain }) => word.get(JSON.stringify([project, domain]))?.id ?? [])),
  })
}

/** The view of everybody: what decides which version was current, also where the asker may not see it. */
export function unscoped(view: View): View {
  return view.tenants === undefined ? view : { ...view, tenants: undefined }
}
