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

/** Digits of the words that few products have. */
const LETTERS = 'aeioubdlnr';
const WITH_SAME_WORD = 50;

/**
 * The words of the names of products, by position. Of a million products, 25 000 are lamps, 50 000 are made of walnut, and 50 have the same
 * fourth word.
 */
const NAME_WORDS: readonly (readonly string[])[] = [MATERIALS, PLACES, THINGS];

/** The words of the name of a product with that number. */
export function wordsOf(n: number): string {
  let share = 1;
  const words = NAME_WORDS.map((choices) => {
    const word = choices[Math.floor(n / share) % choices.length]!;
    share *= choices.length;
    return word;
  });
  const digits = String(Math.floor(n / WITH_SAME_WORD)).padStart(5, '0');
  return [...words, `b${digits.replaceAll(/\d/g, (digit) => LETTERS[Number(digit)]!)}`].join(' ');
}

/** SQL for the same. */
export function sqlWordsOf(n: string): string {
  let share = 1;
  const words = NAME_WORDS.map((choices) => {
    const index = `1 + ${n} / ${String(share)} % ${String(choices.length)}`;
    share *= choices.length;
    return `(ARRAY['${choices.join("','")}'])[${index}]`;
  });
  const digits = `(${n} / ${String(WITH_SAME_WORD)})::text`;
  const last = `'b' || translate(lpad(${digits}, greatest(5, char_length(${digits})), '0'), '0123456789', '${LETTERS}')`;
  return [...words, last].join(` || ' ' || `);
}
