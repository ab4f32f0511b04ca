import React from 'react';
import type { Bin } from '../api/generated';
import { usePanel } from './context';

export interface IHistogram {
  title: string;
  unit: string;
  /** From the server's unit to the one shown. */
  scale?: number;
  bins: readonly Bin[];
  from: number | null;
  to: number | null;
  onRange: (from: number | null, to: number | null) => void;
}

/** Bars that filter: a click picks one, a shift-click extends, a click on the only one picks none. */
export function Histogram(props: IHistogram): React.ReactElement | null {
  const { title, unit, scale = 1, bins, from, to, onRange } = props;
  const { trans } = usePanel();
  const first = bins[0];
  const last = bins.at(-1);
  if (!first || !last) {
    return null;
  }
  const most = Math.max(1, ...bins.map(bin => bin.count));
  const show = (value: number): string => `${Math.round(value * scale)}${unit}`;
  const isIn = (bin: Bin): boolean =>
    bin.low >= (from ?? -Infinity) && bin.high <= (to ?? Infinity);
  const isFiltered = from !== null || to !== null;
  const onClick = (bin: Bin, extend: boolean): void => {
    if (extend && isFiltered) {
      onRange(Math.min(from ?? bin.low, bin.low), Math.max(to ?? bin.high, bin.high));
    } else if (from === bin.low && to === bin.high) {
      onRange(null, null);
    } else {
      onRange(bin.low, bin.high);
    }
  };
  return (
    <fieldset className="jp-magicRucio-facet">
      <legend>{title}</legend>
      <div className="jp-magicRucio-bars">
        {bins.map(bin => (
          <button
            type="button"
            key={bin.low}
            aria-pressed={isFiltered && isIn(bin)}
            data-in={isIn(bin)}
            title={trans.__('%1 to %2: %3 runs', show(bin.low), show(bin.high), String(bin.count))}
            aria-label={trans.__(
              '%1 to %2: %3 runs',
              show(bin.low),
              show(bin.high),
              String(bin.count)
            )}
            onClick={event => {
              onClick(bin, event.shiftKey);
            }}
          >
            <span style={{ height: `${(100 * bin.count) / most}%` }} />
          </button>
        ))}
      </div>
      <div className="jp-magicRucio-barsScale" aria-hidden="true">
        <span>{show(first.low)}</span>
        <span>{show(last.high)}</span>
      </div>
    </fieldset>
  );
}
