import React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Availability } from '../api/generated';

const MARKS: Record<Availability, string> = {
  'at-destination': '●',
  replicating: '◐',
  stuck: '▲',
  waiting: '◔',
  elsewhere: '○',
  unavailable: '✕',
  unknown: '·'
};

/** What an availability is called, for people and for screen readers. */
export function availabilityWords(
  availability: Availability,
  rse: string,
  trans: TranslationBundle
): string {
  const place = rse.split('-')[0] ?? rse;
  switch (availability) {
    case 'at-destination':
      return trans.__('at %1', place);
    case 'replicating':
      return trans.__('on its way');
    case 'stuck':
      return trans.__('stuck');
    case 'waiting':
      return trans.__('waiting');
    case 'elsewhere':
      return trans.__('elsewhere');
    case 'unavailable':
      return trans.__('nowhere');
    case 'unknown':
      return trans.__('not checked');
  }
}

/** The mark of an availability: told apart by shape and word, not by colour alone. */
export function AvailabilityMark(props: {
  availability: Availability;
  words: string;
  showWords: boolean;
}): React.ReactElement {
  return (
    <span
      className="jp-magicRucio-availability"
      data-availability={props.availability}
      title={props.words}
    >
      <span aria-hidden="true">{MARKS[props.availability]}</span>
      <span className={props.showWords ? '' : 'jp-magicRucio-hidden'}> {props.words}</span>
    </span>
  );
}
