'use strict';

// The Order Service of a build with two additional operations that answer a constant of the size of an order, with the same authentication,
// in the same process. They measure the minimum cost of an answer. BENCH_BUILD is the folder of the build.
const { join } = require('node:path');

const dist = join(process.env.BENCH_BUILD, 'dist');
const { runService } = require(join(dist, 'shared', 'runtime', 'run-service.js'));
const { composeOrderService, readOrderServiceConfig } = require(
  join(dist, 'order-service', 'composition.js'),
);
const { EXAMPLE_ORDER } = require(join(dist, 'shared', 'contracts', 'order-resource.js'));

const floor = (method, access, status) => ({
  id: `${method}Floor`,
  method,
  path: '/floor',
  tag: 'Floor',
  summary: 'Answer a constant',
  description: 'Measures the cost of an answer without any work.',
  access,
  responses: { [status]: { description: 'a constant' } },
  handle({ response }) {
    response.status(status).json(EXAMPLE_ORDER);
  },
});

runService(() =>
  composeOrderService(readOrderServiceConfig(), {
    extraOperations: [floor('get', 'order:read', 200), floor('post', 'order:create', 201)],
  }),
);
