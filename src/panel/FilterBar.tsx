import React, { useEffect, useId, useRef, useState } from 'react';
import type { Facets, RunFilter, SortKey } from '../api/generated';
import { availabilityWords } from './availability';
import { usePanel } from './context';
import { FacetLists } from './FacetLists';
import { chips } from './filter';
import type { ISort } from './use-catalogue';

export interface IFilterBar {
  filter: RunFilter;
  onFilter: (filter: RunFilter) => void;
  onText: (text: string) => void;
  facets: Facets | null;
  isWide: boolean;
  sort: ISort;
  onSort: (sort: ISort) => void;
}

/** Free text, the conditions as chips, and where there is little room the facets in a fold. */
export function FilterBar(props: IFilterBar): React.ReactElement {
  const { filter, onFilter, onText, isWide } = props;
  const { trans, instance } = usePanel();
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const pending = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => {
    // Changed from outside: cleared, or a filter laid on by a command.
    const node = field.current;
    if (node && node !== document.activeElement) {
      node.value = filter.text ?? '';
    }
  }, [filter.text]);
  const conditions = chips(filter, value =>
    availabilityWords(value, instance?.destination_rse ?? '', trans)
  );
  return (
    <div className="jp-magicRucio-filter">
      <input
        type="search"
        aria-label={trans.__('Search target, run, night, dataset')}
        placeholder={trans.__('Target, run, night, dataset…')}
        ref={field}
        defaultValue={filter.text ?? ''}
        maxLength={200}
        onChange={event => {
          const { value } = event.target;
          clearTimeout(pending.current);
          pending.current = setTimeout(() => {
            onText(value);
          }, 250);
        }}
      />
      <div className="jp-magicRucio-chips">
        {conditions.map(chip => (
          <button
            type="button"
            key={chip.key}
            className="jp-magicRucio-chip"
            aria-label={trans.__('Remove the condition %1', chip.label)}
            onClick={() => {
              onFilter(chip.without);
            }}
          >
            {chip.label} <span aria-hidden="true">✕</span>
          </button>
        ))}
        {!isWide && (
          <button
            type="button"
            className="jp-magicRucio-chip"
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => {
              setOpen(!isOpen);
            }}
          >
            {isOpen ? trans.__('close filters') : trans.__('+ filter')}
          </button>
        )}
        {!isWide && <SortMenu sort={props.sort} onSort={props.onSort} />}
      </div>
      {!isWide && isOpen && (
        <div id={id} className="jp-magicRucio-fold">
          <FacetLists facets={props.facets} filter={filter} onFilter={onFilter} />
        </div>
      )}
    </div>
  );
}

function SortMenu(props: { sort: ISort; onSort: (sort: ISort) => void }): React.ReactElement {
  const { trans } = usePanel();
  const { sort, onSort } = props;
  const names: [SortKey, string][] = [
    ['night', trans.__('Night')],
    ['target', trans.__('Target')],
    ['run', trans.__('Run')],
    ['livetime', trans.__('Livetime')],
    ['zenith', trans.__('Zenith')],
    ['event_rate', trans.__('Rate')],
    ['availability', trans.__('Availability')]
  ];
  return (
    <span className="jp-magicRucio-sort">
      <select
        aria-label={trans.__('Sort by')}
        value={sort.key}
        onChange={event => {
          onSort({ key: event.target.value as SortKey, descending: sort.descending });
        }}
      >
        {names.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="jp-magicRucio-icon"
        aria-label={sort.descending ? trans.__('Sort ascending') : trans.__('Sort descending')}
        onClick={() => {
          onSort({ ...sort, descending: !sort.descending });
        }}
      >
        <span aria-hidden="true">{sort.descending ? '↓' : '↑'}</span>
      </button>
    </span>
  );
}
