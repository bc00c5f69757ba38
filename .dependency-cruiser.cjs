/*
 * Who may import whom: SYSTEM_DESIGN.md, "Layout". Type imports count. ESLint checks what a file may use of packages and globals.
 */

/** The modules of the Order Service; each may import only those before it. */
const MODULES = [
  'identity',
  'customers',
  'catalogue',
  'inventory',
  'orders',
  'fulfilment',
  'returns',
  'webhooks',
  'notifications',
  'streams',
  'reports',
  'queues',
  'graphql',
];

/** The folders of src/shared; each may import only those before it, and the files beside the folders. */
const FLOORS = [
  'contracts',
  'config',
  'observability',
  'runtime',
  'resilience',
  'postgres',
  'redis',
  'queue',
  'event-log',
  'dead-letters',
  'idempotency',
  'auth',
  'http',
];

const anyOf = (names) => `(${names.join('|')})`;
const shared = (...names) => `^src/shared/${anyOf(names)}(/|\\.ts$)`;
const MODULE_DOMAIN = '^src/order-service/[^/]+/domain/';
const DOMAINS = `${MODULE_DOMAIN}|^src/delivery-service/domain/`;
const USE_CASES = '^src/order-service/[^/]+/use-cases/|^src/delivery-service/services/';
const STORES = '^src/order-service/[^/]+/store/|^src/delivery-service/store/';
const EDGES = '^src/(order-service/[^/]+|delivery-service)/(routes|workers)/';

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const isolation = [
  rule('no-cycle', 'No import cycles.', { path: '^(src|scripts|tests|client)/' }, { circular: true }),
  rule(
    'order-service-alone',
    'Services never import each other.',
    { path: '^src/order-service/' },
    { path: '^src/delivery-service/' },
  ),
  rule(
    'delivery-service-alone',
    'Services never import each other.',
    { path: '^src/delivery-service/' },
    { path: '^src/order-service/' },
  ),
  rule(
    'shared-below-services',
    'shared/ imports no service.',
    { path: '^src/shared/' },
    { path: '^src/(order|delivery)-service/' },
  ),
  rule(
    'src-alone',
    'src/ imports nothing else of the project.',
    { path: '^src/' },
    { path: '^(tests|scripts|client)/' },
  ),
];

const floors = FLOORS.flatMap((folder, floor) => {
  const above = FLOORS.slice(floor + 1);
  if (above.length === 0) return [];
  return [
    rule(
      `shared-${folder}-floor`,
      `shared/${folder} imports none of ${above.join(', ')}.`,
      { path: shared(folder) },
      { path: shared(...above) },
    ),
  ];
});

const modules = [
  ...MODULES.slice(0, -1).map((name, index) =>
    rule(
      `module-${name}-order`,
      `The module ${name} imports only modules before it.`,
      { path: `^src/order-service/${name}/` },
      { path: `^src/order-service/${anyOf(MODULES.slice(index + 1))}/` },
    ),
  ),
  rule(
    'module-through-use-cases',
    'A module imports another only through its use-cases/ and domain/.',
    { path: '^src/order-service/([^/]+)/' },
    { path: '^src/order-service/[^/]+/', pathNot: ['^src/order-service/$1/', '/(use-cases|domain)/'] },
  ),
  rule(
    'module-wired-by-composition',
    'Only composition.ts imports a module.ts.',
    { path: '^src/', pathNot: '^src/order-service/composition\\.ts$' },
    { path: '^src/order-service/[^/]+/module\\.ts$' },
  ),
  rule(
    'service-knows-no-module',
    'The application, the configuration and the platform of the service know no module.',
    { path: '^src/order-service/(app|config|migrations|platform|server)\\.ts$' },
    { path: '^src/order-service/[^/]+/' },
  ),
  rule(
    'layers-below-wiring',
    'Only a module.ts knows the platform and the configuration of the service.',
    { path: '^src/order-service/[^/]+/[^/]+/' },
    { path: '^src/order-service/[^/]+\\.ts$' },
  ),
];

const layers = [
  rule(
    'contracts-only-zod',
    'contracts/ imports only zod.',
    { path: shared('contracts') },
    { path: '^src/', pathNot: shared('contracts') },
  ),
  rule(
    'domain-pure',
    'domain/ imports contracts, errors, group-by and other domains.',
    { path: DOMAINS },
    {
      path: '^src/',
      pathNot: [
        shared('contracts', 'errors'),
        '^src/shared/group-by\\.ts$',
        MODULE_DOMAIN,
        '^src/delivery-service/domain/',
      ],
    },
  ),
  rule(
    'use-cases-inward',
    'use-cases/ import domain, store and shared/{postgres,event-log,idempotency,errors,contracts,resilience}.',
    { path: USE_CASES },
    {
      path: '^src/',
      pathNot: [
        DOMAINS,
        USE_CASES,
        STORES,
        shared('contracts', 'errors', 'event-log', 'idempotency', 'postgres', 'resilience'),
        '^src/shared/(group-by|observability/context|observability/logger)\\.ts$',
        '^src/shared/runtime/(page-sizes|with-timeout)\\.ts$',
        '^src/delivery-service/carriers/carrier\\.ts$',
      ],
    },
  ),
  rule(
    'store-inward',
    'store/ imports domain, group-by and shared/{postgres,event-log,idempotency,errors,contracts}.',
    { path: STORES },
    {
      path: '^src/',
      pathNot: [
        DOMAINS,
        STORES,
        shared('contracts', 'errors', 'event-log', 'idempotency', 'postgres'),
        '^src/shared/(group-by|runtime/batch-loader)\\.ts$',
      ],
    },
  ),
  rule('edges-call-use-cases', 'Routes and workers never import a store.', { path: EDGES }, { path: STORES }),
];

const dead = [
  rule(
    'no-orphan',
    'No file without imports.',
    {
      orphan: true,
      path: '^src/',
    },
    {},
  ),
];

module.exports = {
  forbidden: [...isolation, ...floors, ...modules, ...layers, ...dead],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'] },
  },
};
