import { expect } from 'chai';
import { SETTING_NAMES } from '../../../src/shared/config/setting-names';
import { unknownVariables } from '../../../src/shared/config/unknown-variables';

describe('variables that are not settings', () => {
  it('given every setting, then none is reported', () => {
    expect(unknownVariables(Object.fromEntries(SETTING_NAMES.map((name) => [name, 'x'])))).to.deep.equal([]);
  });

  for (const [name, meant] of [
    ['DATABASE_POOLMAX', 'DATABASE_POOL_MAX'],
    ['RATE_LIMIT_PER_MINUTES', 'RATE_LIMIT_PER_MINUTE'],
    ['JTW_ISSUER', 'JWT_ISSUER'],
    ['REDISURL', 'REDIS_URL'],
    ['CARIER', 'CARRIER'],
    ['ORDER_SERVCE_PORT', 'ORDER_SERVICE_PORT'],
    ['DELIVRY_SERVICE_PORT', 'DELIVERY_SERVICE_PORT'],
    ['POSTGRS_PORT', 'POSTGRES_PORT'],
  ] as const) {
    it(`given ${name}, then ${meant} is suggested`, () => {
      expect(unknownVariables({ [name]: 'x' })).to.deep.equal([
        `${name} is not a setting and has no effect; did you mean ${meant}?`,
      ]);
    });
  }

  it('given a name that only starts like a setting, then it is reported without a suggestion', () => {
    expect(unknownVariables({ DATABASE_STATEMENT_CACHE_LIMIT: '1' })).to.deep.equal([
      'DATABASE_STATEMENT_CACHE_LIMIT is not a setting and has no effect',
    ]);
  });

  it('given variables of the shell, of npm, of AWS and of Kubernetes, then none is reported', () => {
    const others = [
      ...['PATH', 'HOME', 'HOSTNAME', 'LANG', 'NODE_OPTIONS', 'npm_config_cache', 'AWS_PROFILE', 'LOGNAME'],
      ...['AWS_SESSION_TOKEN', 'REDIS_PASSWORD', 'POSTGRES_PASSWORD', 'ORDER_SERVICE_SERVICE_HOST', 'PORT'],
      ...['ORDER_SERVICE_PORT_3001_TCP', 'ORDER_SERVICE_PORT_3001_TCP_ADDR', 'DELIVERY_SERVICE_SERVICE_PORT'],
    ];
    expect(unknownVariables(Object.fromEntries(others.map((name) => [name, 'x'])))).to.deep.equal([]);
  });

  it('given a Kubernetes service whose variables are like settings, then none is reported', () => {
    const names = ['ODER', 'ODER_SERVICE'].flatMap((service) =>
      ['SERVICE_HOST', 'SERVICE_PORT', 'SERVICE_PORT_HTTP', 'PORT', 'PORT_80_TCP'].map(
        (ending) => `${service}_${ending}`,
      ),
    );
    expect(unknownVariables(Object.fromEntries(names.map((name) => [name, 'x'])))).to.deep.equal([]);
  });
});
