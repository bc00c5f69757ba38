import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { deliveryMigrationVariables, deliveryServiceVariables } from '../../src/delivery-service/config';
import { orderServiceVariables } from '../../src/order-service/composition';
import { orderMigrationVariables } from '../../src/order-service/config';

interface ComposeService {
  image: string;
  user?: string;
  restart?: string;
  mem_limit?: string;
  stop_grace_period?: string;
  environment?: Record<string, string | null>;
  volumes?: string[];
  cap_drop?: string[];
}

const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
  services: Record<string, ComposeService>;
};
const dockerfile = readFileSync('docker/Dockerfile', 'utf8');
const OUR_IMAGE = 'order-processing-system';

describe('the Compose file', () => {
  for (const [name, service] of Object.entries(services)) {
    it(`given ${name}, then its image is pinned, its memory limited, its restart policy set, and it does not run as root`, () => {
      if (service.image !== OUR_IMAGE) expect(service.image).to.match(/:\d+\.\d+(\.\d+)?(-\w+)?$/);
      expect(service.mem_limit).to.match(/^\d+[mg]$/);
      expect(service.restart).to.equal(name === 'prepare' ? 'no' : 'unless-stopped');
      if (service.image === OUR_IMAGE) expect(dockerfile).to.match(/^USER node$/m);
      else expect(service.user).to.match(/^(postgres|redis|[1-9]\d*:[1-9]\d*)$/);
      expect(parseInt(service.stop_grace_period ?? '0', 10)).to.be.at.least(30);
    });
  }

  it('given every variable of the Order Service, then its container receives it', () => {
    const wanted = [
      ...Object.keys(orderServiceVariables.shape),
      ...Object.keys(orderMigrationVariables.shape),
    ];
    expect(Object.keys(services['order-service']?.environment ?? {})).to.include.members(wanted);
  });

  it('given every variable of the Delivery Service, then its container receives it', () => {
    const wanted = [deliveryServiceVariables, deliveryMigrationVariables].flatMap(({ shape }) =>
      Object.keys(shape),
    );
    expect(Object.keys(services['delivery-service']?.environment ?? {})).to.include.members(wanted);
  });

  it('given the signing key and the random keys, then only the Order Service and the step that creates them have them', () => {
    const holders = Object.entries(services)
      .filter(([, { volumes = [] }]) => volumes.some((volume) => volume.startsWith('keys:')))
      .map(([name]) => name);
    expect(holders).to.have.members(['order-service', 'prepare']);
    expect(services['order-service']?.volumes).to.include('keys:/keys:ro');
    const delivery = Object.keys(services['delivery-service']?.environment ?? {});
    expect(
      delivery.filter((variable) => /^(JWT_PRIVATE_KEY|CLIENT_SECRET_PEPPERS|WEBHOOK)/.test(variable)),
    ).to.deep.equal([]);
  });

  it('given the image of both services, then it is a pinned long-term support release of Node on Debian', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image!);
    expect(new Set(bases).size).to.equal(1);
    expect(bases[0]).to.match(/^node:24\.\d+\.\d+-bookworm-slim$/);
  });
});
