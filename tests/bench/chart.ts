import { init, type EChartsCoreOption } from 'echarts';
import { type Measurement } from './measurement';
import { type Report } from './report';
import { textOf } from './table';

interface Panel {
  title: string;
  measurements: readonly Measurement[];
  bars: readonly { figure: string; color: string }[];
  barsHeight: number;
  axis: object;
}

const WIDTH = 1_000;
const HEADER = 60;
const TITLE_HEIGHT = 40;
const AXIS_HEIGHT = 50;
const LEFT = 250;
const RIGHT = 150;

/** The shares of the floors and the throughputs of a report, as an SVG image. */
export function chartOf(report: Report): string {
  const panels = panelsOf(report.medians);
  const tops = topsOf(panels);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: tops.at(-1)! });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: [
      { text: 'Order Processing System', subtext: factsOf(report), left: 20, top: 8, itemGap: 4 },
      ...panels.map(({ title }, index) => ({
        text: title,
        left: 20,
        top: tops[index]! + 8,
        textStyle: { fontSize: 14 },
      })),
    ],
    grid: panels.map(({ barsHeight }, index) => ({
      left: LEFT,
      right: RIGHT,
      top: tops[index]! + TITLE_HEIGHT,
      height: barsHeight,
    })),
    xAxis: panels.map(({ axis }, gridIndex) => ({ gridIndex, ...axis })),
    yAxis: panels.map(({ measurements }, gridIndex) => ({
      gridIndex,
      type: 'category',
      data: measurements.map(({ name }) => name),
      inverse: true,
      axisTick: { show: false },
      axisLabel: { width: LEFT - 30, overflow: 'break' },
    })),
    series: panels.flatMap(seriesOf),
  } satisfies EChartsCoreOption);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function panelsOf(medians: readonly Measurement[]): Panel[] {
  const having = (figure: string) => medians.filter(({ figures }) => figures[figure]);
  const [compared, counted] = [having('ratio'), having('throughput')];
  const panels = [
    {
      title: 'Share of the floor',
      measurements: compared,
      bars: [{ figure: 'ratio', color: '#2f6f9f' }],
      barsHeight: compared.length * 32,
      axis: { type: 'value', min: 0, max: ({ max }: { max: number }) => Math.max(1, max) },
    },
    {
      title: 'Per second, with the floor in grey (logarithmic)',
      measurements: counted,
      bars: [
        { figure: 'throughput', color: '#4f9d69' },
        { figure: 'floor', color: '#c9ced3' },
      ],
      barsHeight: counted.length * 48,
      axis: { type: 'log', min: 1 },
    },
  ];
  return panels.filter(({ measurements }) => measurements.length > 0);
}

/** The top of each panel, and the bottom of the last one. */
function topsOf(panels: readonly Panel[]): number[] {
  return panels.reduce(
    (tops, { barsHeight }) => [...tops, tops.at(-1)! + TITLE_HEIGHT + barsHeight + AXIS_HEIGHT],
    [HEADER],
  );
}

function factsOf({ date, commit, machine, versions, options }: Report): string {
  return [
    date.slice(0, 10),
    (commit ?? 'no commit').slice(0, 10),
    `${machine.cpu}, ${String(machine.cores)} cores with everything on them`,
    `node ${versions.node}`,
    `PostgreSQL ${versions.postgres}`,
    `medians of ${String(options.runs)}`,
  ].join(' · ');
}

function seriesOf({ measurements, bars }: Panel, axisIndex: number) {
  return bars.map(({ figure, color }) => ({
    type: 'bar',
    name: figure,
    xAxisIndex: axisIndex,
    yAxisIndex: axisIndex,
    itemStyle: { color },
    barCategoryGap: '30%',
    data: measurements.map(({ figures }) => ({
      value: figures[figure]?.value ?? null,
      label: { show: true, position: 'right', formatter: textOf(figures[figure]) },
    })),
  }));
}
