// The room rules of docs/architecture.md. A wrong import fails the build; so does any cycle, type imports included.
const rooms = {
  core: [],
  lineage: ['core'],
  gatherers: ['core', 'lineage/model'],
  recorder: ['core', 'gatherers', 'lineage'],
  gateway: ['core'],
  control: ['core', 'lineage', 'recorder', 'gateway', 'gatherers'],
  config: ['core', '[a-z]+/options\\.ts', '[a-z]+/.+\\.options\\.ts'],
}

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `${room}/ may import ${allowed.join(', ') || 'no other room'} (docs/architecture.md)`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: {
    path: '^(core|lineage|gatherers|recorder|gateway|control|config|cli|test|bench|examples|scripts)/',
    pathNot: [`^${room}/`, ...allowed.map((path) => `^${path}`)],
  },
}))

module.exports = {
  forbidden: [
    ...roomRules,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'services-know-nothing-of-waybill',
      comment: 'the services of an example import nothing of Waybill',
      severity: 'error',
      from: { path: '^examples/[^/]+/services/' },
      to: { path: '^(core|lineage|gatherers|recorder|gateway|control|config|cli)/' },
    },
    {
      name: 'no-dev-dependencies-in-product',
      severity: 'error',
      from: { path: '^(core|lineage|gatherers|recorder|gateway|control|config|cli)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'not-into-dist', severity: 'error', from: {}, to: { path: '^dist/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|\\.cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
