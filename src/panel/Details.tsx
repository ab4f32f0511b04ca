import { Clipboard } from '@jupyterlab/apputils';
import { useQuery } from '@tanstack/react-query';
import React from 'react';
import { availabilityWords } from './availability';
import { usePanel } from './context';
import { bytesText, livetimeText, numberText, runText } from './format';

/** Everything known of one run. */
export function Details(props: {
  did: string;
  onClose: () => void;
  onDataset: (did: string) => void;
}): React.ReactElement {
  const { client, trans, instance } = usePanel();
  const { data, error } = useQuery({
    queryKey: ['run', instance?.id, props.did],
    queryFn: ({ signal }) => client.run(props.did, signal),
    refetchInterval: 30_000
  });
  if (error) {
    return <p className="jp-magicRucio-error">{error.message}</p>;
  }
  if (!data) {
    return <p className="jp-magicRucio-quiet">{trans.__('Reading the run…')}</p>;
  }
  const rows: [string, string][] = [
    [trans.__('Night'), data.night ?? '–'],
    [trans.__('Start'), (data.start ?? '–').replace('T', ' ').replace('Z', ' UTC')],
    [trans.__('Livetime'), data.livetime === null ? '–' : livetimeText(data.livetime)],
    [trans.__('Pointing'), `${numberText(data.ra_pnt, 2)}°, ${numberText(data.dec_pnt, 2)}°`],
    [
      trans.__('Wobble'),
      `${numberText(data.wobble_offset, 2)}° ${trans.__('at')} ${numberText(data.wobble_angle, 0)}°`
    ],
    [trans.__('Zenith'), `${numberText(data.zenith, 1)}°`],
    [
      trans.__('Events'),
      `${data.event_count?.toLocaleString() ?? '–'} (${numberText(data.event_rate, 1)} Hz)`
    ],
    [
      trans.__('Threshold'),
      data.energy_threshold === null ? '–' : `${(data.energy_threshold * 1000).toFixed(0)} GeV`
    ],
    [trans.__('HDUs'), data.hdus.map(hdu => hdu.hdu_name).join(', ') || '–'],
    [trans.__('Creator'), data.creator ?? '–'],
    [trans.__('Size'), bytesText(data.bytes)],
    [trans.__('adler32'), data.adler32 ?? '–']
  ];
  return (
    <section
      className="jp-magicRucio-details"
      aria-label={trans.__('Details of run %1', runText(data.run))}
    >
      <div className="jp-magicRucio-itemHead">
        <h3>
          {runText(data.run)} <span className="jp-magicRucio-quiet">{data.target ?? ''}</span>
        </h3>
        <button
          type="button"
          className="jp-magicRucio-icon"
          aria-label={trans.__('Close the details')}
          onClick={props.onClose}
        >
          <span aria-hidden="true">✕</span>
        </button>
      </div>
      <p className="jp-magicRucio-did">{data.did}</p>
      <p>{availabilityWords(data.availability, instance?.destination_rse ?? '', trans)}</p>
      <dl>
        {rows.map(([name, value]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </React.Fragment>
        ))}
      </dl>
      <h4>{trans.__('Replicas')}</h4>
      <ul>
        {data.replicas.map(replica => (
          <li key={replica.rse} title={replica.pfn ?? undefined}>
            {replica.rse} <span className="jp-magicRucio-quiet">{replica.state.toLowerCase()}</span>
          </li>
        ))}
      </ul>
      <h4>{trans.__('Datasets')}</h4>
      <ul>
        {data.datasets.map(did => (
          <li key={did}>
            <button
              type="button"
              className="jp-magicRucio-link"
              onClick={() => {
                props.onDataset(did);
              }}
            >
              {did}
            </button>
          </li>
        ))}
      </ul>
      <div className="jp-magicRucio-buttons">
        <button
          type="button"
          onClick={() => {
            Clipboard.copyToSystem(data.did);
          }}
        >
          {trans.__('Copy DID')}
        </button>
      </div>
    </section>
  );
}
