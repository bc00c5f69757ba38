import { runService } from '../shared/runtime/run-service';
import { composeOrderService, readOrderServiceConfig } from './composition';

runService(() => composeOrderService(readOrderServiceConfig()));
