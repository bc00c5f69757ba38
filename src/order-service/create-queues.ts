import { z } from 'zod';
import { queueVariables } from '../shared/config/fragments';
import { ConfigError, readEnv } from '../shared/config/read-env';
import { createQueues } from '../shared/queue/create-queues';
import { runTask } from '../shared/runtime/run-service';

runTask(
  () => {
    const [option, ...others] = process.argv.slice(2);
    if (others.length > 0 || (option !== undefined && option !== '--update'))
      throw new ConfigError([`usage: create-queues [--update]`]);
    return createQueues(readEnv(z.object(queueVariables)), option === '--update');
  },
  { takesArguments: true },
);
