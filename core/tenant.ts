// Who owns a name and how it is isolated: Flyte's project and domain.
export interface Tenant {
  readonly project: string
  readonly domain: string
}

/** The tenants an asker may read. `all` is only for the operator's own, loopback-only control plane. */
export type TenantScope = { readonly all: true } | { readonly all: false; readonly tenants: readonly Tenant[] }

export const everyTenant: TenantScope = { all: true }

export function mayRead(scope: TenantScope, tenant: Tenant): boolean {
  return scope.all || scope.tenants.some((one) => one.project === tenant.project && one.domain === tenant.domain)
}
