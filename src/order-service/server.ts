import { runService } from '../shared/runtime/run-service';
import { composeOrderService } from './composition';
import { readOrderServiceConfig } from './config';

runService(() => composeOrderService(readOrderServiceConfig()));
