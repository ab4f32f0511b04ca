import React from 'react';
import type { Availability, Run } from '../api/generated';
import { AvailabilityMark, availabilityWords } from './availability';
import type { IColumn } from './columns';
import { usePanel } from './context';
import { livetimeText, numberText, runText } from './format';

/** A row of the wide table. */
export function WideCells(props: {
  run: Run;
  availability: Availability;
  shown: IColumn[];
  isPicked: boolean;
}): React.ReactElement {
  const { trans, instance } = usePanel();
  const words = availabilityWords(props.availability, instance?.destination_rse ?? '', trans);
  return (
    <>
      <span role="gridcell" className="jp-magicRucio-tick">
        <span className="jp-magicRucio-box" data-checked={props.isPicked} aria-hidden="true" />
      </span>
      <span role="gridcell">
        <AvailabilityMark availability={props.availability} words={words} showWords />
      </span>
      {props.shown.map(column => (
        <span
          role="gridcell"
          key={column.key}
          data-numeric={column.numeric}
          title={column.text(props.run)}
        >
          {column.text(props.run)}
        </span>
      ))}
    </>
  );
}

/** A row where there is little room: two lines. */
export function NarrowCell(props: {
  run: Run;
  availability: Availability;
  isPicked: boolean;
  words: string;
}): React.ReactElement {
  const { run } = props;
  const parts = [
    run.night ?? '',
    run.livetime === null ? '' : livetimeText(run.livetime),
    run.zenith === null ? '' : `zd ${numberText(run.zenith, 0)}°`
  ].filter(Boolean);
  return (
    <span role="gridcell" className="jp-magicRucio-narrow">
      <span className="jp-magicRucio-tick">
        <span className="jp-magicRucio-box" data-checked={props.isPicked} aria-hidden="true" />
      </span>
      <span className="jp-magicRucio-narrowText">
        <span className="jp-magicRucio-first">
          <span className="jp-magicRucio-target">{run.target ?? run.did}</span>
          <span className="jp-magicRucio-run">{runText(run.run)}</span>
        </span>
        <span className="jp-magicRucio-second">
          <span>{parts.join(' · ')}</span>
          <AvailabilityMark availability={props.availability} words={props.words} showWords />
        </span>
      </span>
    </span>
  );
}
