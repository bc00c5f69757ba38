import { runService } from '../shared/runtime/run-service';
import { composeDeliveryService } from './composition';
import { readDeliveryServiceConfig } from './config';

runService(() => composeDeliveryService(readDeliveryServiceConfig()));
