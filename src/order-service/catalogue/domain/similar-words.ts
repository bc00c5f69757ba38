const LETTERS = /^\p{L}[\p{L}\p{M}]*$/u;

/**
 * How many mistakes a word may have: none in one with fewer than 4 characters, one with fewer than 8, else two. A number or code means
 * something else when one character differs, so that it may have none.
 */
export function allowedMistakes(word: string): 0 | 1 | 2 {
  const { length } = [...word];
  if (length < 4 || !LETTERS.test(word)) return 0;
  return length < 8 ? 1 : 2;
}

/** The known words that a misspelt word can mean, the most similar ones first. */
export function similarWords(word: string, known: readonly string[]): string[] {
  const most = allowedMistakes(word);
  return known
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .map(({ candidate }) => candidate);
}

/**
 * The number of characters to insert, remove, replace or exchange with their neighbour to make one text from the other (optimal string
 * alignment).
 */
export function editDistance(from: string, to: string): number {
  const [a, b] = [[...from], [...to]];
  let [beforeLast, last]: [number[], number[]] = [[], b.map((_, index) => index)];
  last.push(b.length);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isExchanged =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      next[column] = Math.min(
        cell(last, column) + 1,
        cell(next, column - 1) + 1,
        cell(last, column - 1) + (isSame ? 0 : 1),
        isExchanged ? cell(beforeLast, column - 2) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, next];
  }
  return cell(last, b.length);
}

const cell = (row: readonly number[], column: number): number => row[column] ?? Infinity;
