import React, { useMemo } from 'react';
import type { SkyPoint } from '../api/generated';
import { usePanel } from './context';
import { graticule, mollweide } from './sky';

/** Where the telescopes pointed: one dot a pointing, its size by the number of runs. */
export function SkyMap(props: {
  points: readonly SkyPoint[];
  onTarget: (target: string) => void;
}): React.ReactElement {
  const { trans } = usePanel();
  const lines = useMemo(() => graticule(), []);
  const most = Math.max(1, ...props.points.map(point => point.count));
  return (
    <svg
      className="jp-magicRucio-sky"
      viewBox="-2.05 -1.05 4.1 2.1"
      role="img"
      aria-label={trans.__('Map of the sky with %1 pointings', String(props.points.length))}
    >
      <ellipse rx="2" ry="1" className="jp-magicRucio-skyRim" />
      <path d={lines} className="jp-magicRucio-skyLines" />
      {props.points.map(point => {
        const { x, y } = mollweide(point.ra, point.dec);
        return (
          <circle
            key={`${point.ra} ${point.dec}`}
            cx={x}
            cy={-y}
            r={0.025 + 0.05 * Math.sqrt(point.count / most)}
            onClick={() => {
              if (point.target) {
                props.onTarget(point.target);
              }
            }}
          >
            <title>{`${point.target ?? ''} ${point.count}`}</title>
          </circle>
        );
      })}
    </svg>
  );
}
