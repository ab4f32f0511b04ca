import type { Run, SortKey } from '../api/generated';
import type { TranslationBundle } from '@jupyterlab/translation';
import { numberText, runText } from './format';

/** A column of the wide table. */
export interface IColumn {
  key: SortKey;
  label: string;
  /** CSS width in the grid, and the least of it in pixels. */
  width: string;
  least: number;
  numeric: boolean;
  text: (run: Run) => string;
}

/** All columns; the first ones are shown where there is little room. */
export function columns(trans: TranslationBundle): IColumn[] {
  const number = (
    key: SortKey,
    label: string,
    digits: number,
    value: (run: Run) => number | null
  ): IColumn => ({
    key,
    label,
    width: 'minmax(58px, 0.6fr)',
    least: 58,
    numeric: true,
    text: run => numberText(value(run), digits)
  });
  return [
    {
      key: 'target',
      label: trans.__('Target'),
      width: 'minmax(96px, 1.4fr)',
      least: 96,
      numeric: false,
      text: run => run.target ?? '–'
    },
    {
      key: 'run',
      label: trans.__('Run'),
      width: '84px',
      least: 84,
      numeric: true,
      text: run => runText(run.run)
    },
    {
      key: 'night',
      label: trans.__('Night'),
      width: '92px',
      least: 92,
      numeric: false,
      text: run => run.night ?? '–'
    },
    number('livetime', trans.__('min'), 1, run =>
      run.livetime === null ? null : run.livetime / 60
    ),
    number('zenith', trans.__('zd °'), 1, run => run.zenith),
    number('wobble_offset', trans.__('Wobble °'), 2, run => run.wobble_offset),
    number('event_rate', trans.__('Rate Hz'), 1, run => run.event_rate),
    number('energy_threshold', trans.__('Thr. GeV'), 0, run =>
      run.energy_threshold === null ? null : run.energy_threshold * 1000
    )
  ];
}
