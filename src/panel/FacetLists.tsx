import React from 'react';
import type { Availability, Facets, FacetValue, RunFilter } from '../api/generated';
import { availabilityWords } from './availability';
import { usePanel } from './context';
import { toggleValue } from './filter';
import { Histogram } from './Histogram';

export interface IFacetLists {
  facets: Facets | null;
  filter: RunFilter;
  onFilter: (filter: RunFilter) => void;
}

/** What can be filtered by, with the number of runs each choice would leave. */
export function FacetLists(props: IFacetLists): React.ReactElement | null {
  const { facets, filter, onFilter } = props;
  const { trans, instance } = usePanel();
  if (!facets) {
    return <p className="jp-magicRucio-quiet">{trans.__('Counting…')}</p>;
  }
  const reductions: Record<string, string> = {
    'point-like-rad-max': trans.__('energy-dependent cut'),
    'point-like-fixed-cut': trans.__('fixed cut'),
    'full-enclosure': trans.__('full enclosure'),
    unknown: trans.__('not described')
  };
  return (
    <>
      <List
        title={trans.__('Target')}
        values={facets.targets}
        chosen={filter.targets ?? []}
        onToggle={value => {
          onFilter(toggleValue(filter, 'targets', value));
        }}
      />
      <List
        title={trans.__('At %1', instance?.destination_rse ?? '')}
        values={facets.availabilities}
        chosen={filter.availabilities ?? []}
        words={value =>
          availabilityWords(value as Availability, instance?.destination_rse ?? '', trans)
        }
        onToggle={value => {
          onFilter(toggleValue(filter, 'availabilities', value));
        }}
      />
      <Histogram
        title={trans.__('Zenith')}
        unit="°"
        bins={facets.zenith}
        from={filter.zenith_min ?? null}
        to={filter.zenith_max ?? null}
        onRange={(from, to) => {
          onFilter({ ...filter, zenith_min: from, zenith_max: to });
        }}
      />
      <Histogram
        title={trans.__('Livetime')}
        unit={trans.__(' min')}
        scale={1 / 60}
        bins={facets.livetime}
        from={filter.livetime_min ?? null}
        to={filter.livetime_max ?? null}
        onRange={(from, to) => {
          onFilter({ ...filter, livetime_min: from, livetime_max: to });
        }}
      />
      <fieldset className="jp-magicRucio-facet">
        <legend>{trans.__('Nights')}</legend>
        <span className="jp-magicRucio-dates">
          <input
            type="date"
            aria-label={trans.__('First night')}
            value={filter.night_from ?? ''}
            onChange={event => {
              onFilter({ ...filter, night_from: event.target.value || null });
            }}
          />
          <input
            type="date"
            aria-label={trans.__('Last night')}
            value={filter.night_to ?? ''}
            onChange={event => {
              onFilter({ ...filter, night_to: event.target.value || null });
            }}
          />
        </span>
      </fieldset>
      <List
        title={trans.__('Reduction')}
        values={facets.irf_types}
        chosen={filter.irf_types ?? []}
        words={value => reductions[value] ?? value}
        onToggle={value => {
          onFilter(toggleValue(filter, 'irf_types', value));
        }}
      />
      {facets.creators.length > 1 && (
        <List
          title={trans.__('Creator')}
          values={facets.creators}
          chosen={filter.creators ?? []}
          onToggle={value => {
            onFilter(toggleValue(filter, 'creators', value));
          }}
        />
      )}
      {facets.telescopes.length > 1 && (
        <List
          title={trans.__('Telescope')}
          values={facets.telescopes}
          chosen={filter.telescopes ?? []}
          onToggle={value => {
            onFilter(toggleValue(filter, 'telescopes', value));
          }}
        />
      )}
    </>
  );
}

interface IList {
  title: string;
  values: readonly FacetValue[];
  chosen: readonly string[];
  words?: (value: string) => string;
  onToggle: (value: string) => void;
}

function List(props: IList): React.ReactElement {
  const { title, values, chosen, words = (value: string) => value, onToggle } = props;
  return (
    <fieldset className="jp-magicRucio-facet">
      <legend>{title}</legend>
      {values.slice(0, 30).map(({ value, count }) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={() => {
              onToggle(value);
            }}
          />
          <span className="jp-magicRucio-facetName" title={words(value)}>
            {words(value)}
          </span>
          <span className="jp-magicRucio-count">{count.toLocaleString()}</span>
        </label>
      ))}
    </fieldset>
  );
}
