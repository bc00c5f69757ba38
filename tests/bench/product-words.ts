const MATERIALS = [
  ...['walnut', 'birch', 'cherry', 'maple', 'copper', 'marble', 'cotton', 'velvet', 'bamboo', 'willow'],
  ...['ash', 'oak', 'linen', 'brass', 'steel', 'glass', 'leather', 'ceramic', 'granite', 'wool'],
];
const PLACES = [
  ...['desk', 'floor', 'wall', 'garden', 'kitchen', 'bedroom', 'corner', 'office', 'balcony', 'hallway'],
  ...['ceiling', 'nursery', 'terrace', 'library', 'studio', 'cellar', 'attic', 'porch', 'garage', 'window'],
  ...['counter', 'entrance', 'bathroom', 'workshop', 'veranda'],
];
const THINGS = [
  ...['lamp', 'chair', 'table', 'shelf', 'mirror', 'basket', 'carpet', 'curtain', 'cushion', 'candle'],
  ...['drawer', 'cabinet', 'bench', 'stool', 'clock', 'vase', 'frame', 'planter', 'bucket', 'ladder'],
  ...['hook', 'rack', 'tray', 'bowl', 'kettle', 'toaster', 'blanket', 'pillow', 'divider', 'holder'],
  ...['lantern', 'trolley', 'hammock', 'swing', 'parasol', 'heater', 'fan', 'radio', 'speaker', 'easel'],
];

/** The words of the names of seeded products, by position. Of a million products, 25 000 are lamps and 50 000 are made of walnut. */
const NAME_WORDS: readonly (readonly string[])[] = [MATERIALS, PLACES, THINGS];

/** The words of the name of a product with that number. */
export function wordsOf(n: number): string {
  let share = 1;
  const words = NAME_WORDS.map((choices) => {
    const word = choices[Math.floor(n / share) % choices.length]!;
    share *= choices.length;
    return word;
  });
  return words.join(' ');
}

/** SQL for the same. */
export function sqlWordsOf(n: string): string {
  let share = 1;
  const words = NAME_WORDS.map((choices) => {
    const index = `1 + ${n} / ${String(share)} % ${String(choices.length)}`;
    share *= choices.length;
    return `(ARRAY['${choices.join("','")}'])[${index}]`;
  });
  return words.join(` || ' ' || `);
}
