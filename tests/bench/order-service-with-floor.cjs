'use strict';

// The Order Service of the production build with two operations more: they answer a constant of the size of an order, behind the
// same authentication, in the same process. That is the floor of what an answer costs here.
const { join } = require('node:path');

const dist = join(__dirname, '..', '..', 'dist');
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
  description: 'What an answer costs when nothing is done for it.',
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
