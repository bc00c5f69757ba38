import { type Figure, type Measurement } from './measurement';

const COLUMNS = ['throughput', 'p50', 'p95', 'p99', 'floor', 'ratio'];
const NAME_WIDTH = 30;
const WIDTH = 16;

/** The final output: the figures as a table, followed by other figures. */
export function tableOf(measurements: readonly Measurement[]): string {
  return [
    row('', COLUMNS),
    ...measurements.map(({ name, figures }) =>
      row(
        name,
        COLUMNS.map((column) => textOf(figures[column])),
      ),
    ),
    ...measurements.flatMap((measurement) => ['', measurement.name, ...detailsOf(measurement)]),
  ].join('\n');
}

function detailsOf({ figures, processes, notes }: Measurement): string[] {
  const others = Object.entries(figures).filter(([name]) => !COLUMNS.includes(name));
  return [
    ...others.map(([name, figure]) => `  ${name}: ${textOf(figure)}`),
    ...processes.map(
      ({ name, cpuSeconds, peakMemoryBytes }) =>
        `  ${name}: ${cpuSeconds.toFixed(1)} s CPU, ${(peakMemoryBytes / 2 ** 20).toFixed(0)} MB`,
    ),
    ...notes.map((note) => `  ${note}`),
  ];
}

export function textOf(figure: Figure | undefined): string {
  if (!figure) return '';
  const { value, unit } = figure;
  if (Number.isNaN(value)) return '–';
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`.trim();
}

const row = (name: string, columns: readonly string[]): string =>
  [name.padEnd(NAME_WIDTH), ...columns.map((text) => text.padStart(WIDTH))].join('').trimEnd();
