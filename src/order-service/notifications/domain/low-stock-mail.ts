import { escapeHtml, type RenderedMail, shortened, singleLine } from './mail-text';

/** The stock of a product when its available quantity fell to or below the threshold. */
export interface LowStockContent {
  productId: string;
  sku: string;
  /** Null when it is unknown. */
  name: string | null;
  onHand: number;
  reserved: number;
  available: number;
  threshold: number;
  /** ISO 8601. */
  occurredAt: string;
}

/** The number of characters of the product in the subject. */
const MOST_IN_SUBJECT = 120;

const EXPLANATION = 'The available stock of this product fell to its low-stock threshold or below it.';
const REASON =
  'You receive this message because low-stock notifications are sent to your address. The shop changes that with PUT /notifications/settings.';

type Fact = readonly [name: string, value: string | number];

export function renderLowStockMail(content: LowStockContent): RenderedMail {
  const { available, threshold } = content;
  const sku = singleLine(content.sku);
  const name = content.name === null ? '' : singleLine(content.name);
  const product = shortened(name === '' ? sku : `${name} (${sku})`, MOST_IN_SUBJECT);
  const facts: Fact[] = [
    ...(name === '' ? [] : [['Product', name] as const]),
    ['SKU', sku],
    ['Available', available],
    ['Low-stock threshold', threshold],
    ['On hand', content.onHand],
    ['Reserved', content.reserved],
    ['Product id', content.productId],
    ['Time', content.occurredAt],
  ];
  const subject = `Low stock: ${product}: ${available} available, threshold ${threshold}`;
  return { subject, text: textOf(facts), html: htmlOf(subject, facts) };
}

const textOf = (facts: readonly Fact[]): string =>
  [EXPLANATION, '', ...facts.map(([name, value]) => `${name}: ${value}`), '', REASON, ''].join('\n');

function htmlOf(title: string, facts: readonly Fact[]): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><th align="left">${escapeHtml(name)}</th><td>${escapeHtml(String(value))}</td></tr>`,
  );
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head><body>`,
    `<p>${EXPLANATION}</p>`,
    '<table cellpadding="4">',
    ...rows,
    '</table>',
    `<p><small>${REASON}</small></p>`,
    '</body></html>',
    '',
  ].join('\n');
}
