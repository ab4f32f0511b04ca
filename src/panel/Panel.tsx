import type { CommandRegistry } from '@lumino/commands';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import React, { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ApiClient } from '../api/client';
import type { RunFilter, Selection, Status } from '../api/generated';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IAttachments } from '../tokens';
import { AttachmentList } from './AttachmentList';
import { PanelContext } from './context';
import { Datasets } from './Datasets';
import { Details } from './Details';
import { FacetLists } from './FacetLists';
import { tidy } from './filter';
import { FilterBar } from './FilterBar';
import { Fold } from './Fold';
import { Header } from './Header';
import { Replications } from './Replications';
import { RunTable } from './RunTable';
import { asSelection, isEmpty, NOTHING, type Picked } from './selection';
import { SelectionBar } from './SelectionBar';
import { SignIn } from './SignIn';
import { SkyMap } from './SkyMap';
import { Empty, Failure, Skeleton } from './states';
import { useFacets, useRuns, type ISort } from './use-catalogue';

/** From here on there is room for facets, table and details side by side. */
const WIDE = 760;

/** The least that a configuration holds; shown where there is none. */
const EXAMPLE = `[[instances]]
name = "PIC"
rucio_url = "https://rucio.example.org"`;

export interface IPanel {
  client: ApiClient;
  trans: TranslationBundle;
  attachments: IAttachments | null;
  commands: CommandRegistry;
  isVisible: boolean;
  /** A filter laid on from outside; a new object lays it on anew. */
  asked: RunFilter | null;
  onSelection: (selection: Selection | null) => void;
  onInstance: (id: string) => void;
  onSettings: () => void;
  onOpenMain: (() => void) | null;
}

/** The panel of DL3 runs: what to show at all, depending on who is signed in and what Rucio says. */
export function Panel(props: IPanel): React.ReactElement {
  const { client, trans, attachments, isVisible } = props;
  const queries = useQueryClient();
  const status = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => client.status(signal),
    enabled: isVisible,
    refetchInterval: 10_000,
    retry: 1
  });
  const data = status.data ?? null;
  const context = useMemo(
    () => ({ client, trans, attachments, instance: data?.instance ?? null, isVisible }),
    [client, trans, attachments, data?.instance, isVisible]
  );
  const again = (): void => {
    void queries.invalidateQueries();
  };
  return (
    <PanelContext.Provider value={context}>
      {data ? (
        <Signed {...props} status={data} again={again} />
      ) : status.error ? (
        <Failure error={status.error} onRetry={again} />
      ) : (
        <Skeleton />
      )}
    </PanelContext.Provider>
  );
}

function Signed(props: IPanel & { status: Status; again: () => void }): React.ReactElement {
  const { client, trans, status, again } = props;
  const header = (
    <Header
      status={status}
      freshness={null}
      onRefresh={again}
      onSettings={props.onSettings}
      onOpenMain={props.onOpenMain}
      onInstance={props.onInstance}
      onSignOut={() => {
        void client.signOut().then(again);
      }}
    />
  );
  switch (status.session.state) {
    case 'not-configured':
      return (
        <>
          {header}
          <div className="jp-magicRucio-firstUse">
            <h3>{trans.__('Tell the panel which Rucio to use')}</h3>
            <p>{status.help}</p>
            <pre>{EXAMPLE}</pre>
            <button type="button" onClick={again}>
              {trans.__('Look again')}
            </button>
          </div>
        </>
      );
    case 'sign-in-needed':
      return (
        <>
          {header}
          <SignIn status={status} onSignedIn={again} />
        </>
      );
    case 'signed-in':
      return <Catalogue {...props} />;
  }
}

function Catalogue(props: IPanel & { status: Status; again: () => void }): React.ReactElement {
  const { client, trans, status, again, asked, onSelection } = props;
  const [filter, setFilter] = useState<RunFilter>({});
  const [sort, setSort] = useState<ISort>({ key: 'night', descending: true });
  const [view, setView] = useState<'runs' | 'datasets'>('runs');
  const [picked, setPicked] = useState<Picked>(NOTHING);
  const [dataset, setDataset] = useState<string | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const [node, isWide] = useIsWide();
  const { query, rows, first } = useRuns(filter, sort);
  const facets = useFacets(filter, true).data ?? null;
  const apply = useCallback((next: RunFilter) => {
    setFilter(tidy(next));
    setView('runs');
    // What was picked by "all that match" would mean other runs now.
    setPicked(before => (before.kind === 'all' ? NOTHING : before));
  }, []);
  const [seen, setSeen] = useState<RunFilter | null>(null);
  if (asked !== seen) {
    setSeen(asked);
    if (asked) {
      apply(asked);
    }
  }
  const setText = useCallback((text: string) => {
    setFilter(before => tidy({ ...before, text }));
  }, []);
  const selection = useMemo<Selection | null>(
    () =>
      view === 'datasets'
        ? dataset
          ? { kind: 'dataset', did: dataset }
          : null
        : asSelection(picked, filter),
    [view, dataset, picked, filter]
  );
  useEffect(() => {
    onSelection(selection);
  }, [selection, onSelection]);
  const loadMore = useCallback(() => {
    if (query.hasNextPage && !query.isFetchingNextPage) {
      void query.fetchNextPage();
    }
  }, [query]);
  const total = first?.totals.runs ?? 0;
  const detail = opened ?? (isWide ? current : null);

  return (
    <div className="jp-magicRucio-catalogue" ref={node} data-wide={isWide}>
      <Header
        status={status}
        freshness={first?.freshness ?? null}
        onRefresh={() => {
          void client.sync().then(again, again);
        }}
        onSettings={props.onSettings}
        onOpenMain={props.onOpenMain}
        onInstance={props.onInstance}
        onSignOut={() => {
          void client.signOut().then(again);
        }}
      />
      <FilterBar
        filter={filter}
        onFilter={apply}
        onText={setText}
        facets={facets}
        isWide={isWide}
        sort={sort}
        onSort={setSort}
      />
      <div className="jp-magicRucio-views" role="tablist" aria-label={trans.__('What to list')}>
        {(['runs', 'datasets'] as const).map(one => (
          <button
            type="button"
            role="tab"
            key={one}
            aria-selected={view === one}
            onClick={() => {
              setView(one);
            }}
          >
            {one === 'runs' ? trans.__('Runs %1', total.toLocaleString()) : trans.__('Datasets')}
          </button>
        ))}
      </div>
      <div className="jp-magicRucio-body">
        {isWide && (
          <section className="jp-magicRucio-facets" aria-label={trans.__('Filters')}>
            <FacetLists facets={facets} filter={filter} onFilter={apply} />
          </section>
        )}
        <div className="jp-magicRucio-list">
          {view === 'datasets' ? (
            <Datasets
              text={filter.text ?? null}
              chosen={dataset}
              onChoose={choice => {
                setDataset(choice.kind === 'dataset' && choice.did !== dataset ? choice.did : null);
              }}
              onShowRuns={apply}
            />
          ) : query.error && rows.length === 0 ? (
            <Failure error={query.error} onRetry={again} />
          ) : !first ? (
            <Skeleton />
          ) : rows.length === 0 ? (
            <Empty
              filter={filter}
              isSyncing={first.freshness.state === 'first-sync'}
              onClear={() => {
                apply({});
              }}
            />
          ) : (
            <RunTable
              rows={rows}
              total={total}
              isWide={isWide}
              picked={picked}
              onPick={setPicked}
              sort={sort}
              onSort={setSort}
              current={current}
              onCurrent={setCurrent}
              onOpen={setOpened}
              hasMore={query.hasNextPage}
              loadMore={loadMore}
            />
          )}
          {selection && (
            <SelectionBar
              selection={selection}
              quota={status.quota}
              onClear={() => {
                setPicked(NOTHING);
                setDataset(null);
              }}
            />
          )}
        </div>
        <div className="jp-magicRucio-side">
          {isWide && facets && (
            <section>
              <h3>{trans.__('On the sky')}</h3>
              <SkyMap
                points={facets.sky}
                onTarget={target => {
                  apply({ ...filter, targets: [target] });
                }}
              />
            </section>
          )}
          {detail && (
            <Details
              did={detail}
              onClose={() => {
                setOpened(null);
                setCurrent(null);
              }}
              onDataset={did => {
                apply({ dataset: did });
              }}
            />
          )}
          <AttachmentList commands={props.commands} />
          <Replications />
          {!isWide && facets && (
            <Fold title={trans.__('On the sky')} isOpenAtFirst={false}>
              <SkyMap
                points={facets.sky}
                onTarget={target => {
                  apply({ ...filter, targets: [target] });
                }}
              />
            </Fold>
          )}
        </div>
      </div>
      <span className="jp-magicRucio-hidden" role="status">
        {isEmpty(picked) ? '' : trans.__('selection changed')}
      </span>
    </div>
  );
}

/** Whether an element is wide enough for three columns. */
function useIsWide(): [React.RefObject<HTMLDivElement>, boolean] {
  const ref = useRef<HTMLDivElement>(null);
  const [isWide, setWide] = useState(false);
  useEffect(() => {
    const node = ref.current;
    if (!node) {
      return;
    }
    const observer = new ResizeObserver(([entry]) => {
      setWide((entry?.contentRect.width ?? 0) >= WIDE);
    });
    observer.observe(node);
    return () => {
      observer.disconnect();
    };
  }, []);
  return [ref, isWide];
}
