import { expect } from 'chai';
import { type Browser, type Page } from 'playwright-core';
import { freePorts } from '../support/free-ports';
import { startChromium } from '../support/chromium';
import { startServicePair, type ServicePair } from '../support/service-pair';

describe('the /docs page in a browser', () => {
  let browser: Browser | null = null;
  let pair: ServicePair;

  before(async function () {
    this.timeout(300_000);
    browser = await startChromium();
    if (browser === null) this.skip();
    pair = await startServicePair({ variables: await localVariables() });
  });
  after(async () => {
    await browser?.close();
    await pair?.stop();
  });

  for (const { service, operation } of [
    { service: 'orderUrl', operation: 'listOrders' },
    { service: 'deliveryUrl', operation: 'getMetrics' },
  ] as const) {
    it(`given the ${service}, when a user authorises and executes ${operation}, then the answer is shown`, async () => {
      const page = await browser!.newPage();
      const faults: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      await page.goto(`${onLocalhost(pair[service])}/docs`);
      await authorise(page);
      const answer = await execute(page, operation);
      expect(answer).to.equal('200');
      expect(faults).to.deep.equal([]);
      await page.close();
    }).timeout(60_000);
  }
});

/** The settings of `manage-system.sh` in local mode: each page may fetch its token from the Order Service. */
async function localVariables(): Promise<Record<string, string>> {
  const [orderPort = 0, deliveryPort = 0] = await freePorts(2);
  const issuer = `http://localhost:${orderPort}`;
  return {
    ORDER_SERVICE_PORT: String(orderPort),
    DELIVERY_SERVICE_PORT: String(deliveryPort),
    ORDER_SERVICE_URL: `http://127.0.0.1:${orderPort}`,
    JWT_ISSUER: issuer,
    CORS_ORIGINS: `http://localhost:${deliveryPort}`,
  };
}

const onLocalhost = (url: string): string => url.replace('127.0.0.1', 'localhost');

async function authorise(page: Page): Promise<void> {
  await page.locator('button.authorize').first().click();
  const dialog = page.locator('.auth-container', { hasText: 'client_id' });
  await dialog
    .locator('input[data-name="clientId"], #client_id_clientCredentials, #client_id')
    .first()
    .fill('demo-operator');
  await dialog.locator('#client_secret_clientCredentials, #client_secret').first().fill('demo-secret');
  await dialog.getByText('select all').click();
  await dialog.locator('button.authorize').click();
  await dialog.getByRole('button', { name: 'Remove authorization' }).waitFor();
  await page.locator('.btn-done').first().click();
}

/** The status of the live answer on the page. */
async function execute(page: Page, operation: string): Promise<string> {
  const block = page.locator(`[id$="-${operation}"]`);
  await block.locator('.opblock-summary-control').click();
  await block.locator('button.execute').click();
  const status = block.locator('.live-responses-table .response-col_status').last();
  await status.waitFor();
  return (await status.innerText()).trim().slice(0, 3);
}
