import { useVirtualizer } from '@tanstack/react-virtual';
import React, { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Run } from '../api/generated';
import { availabilityWords } from './availability';
import { columns, type IColumn } from './columns';
import { usePanel } from './context';
import { runText } from './format';
import { NarrowCell, WideCells } from './RunCells';
import { EVERYTHING, isPicked, only, toggled, withAll, type Picked } from './selection';
import { useFreshRows, type ISort } from './use-catalogue';

const NARROW_ROW = 46;
const WIDE_ROW = 28;

/** Pixels of tick, availability and padding. */
const FIRST_COLUMNS = 140;

export interface IRunTable {
  rows: readonly Run[];
  total: number;
  isWide: boolean;
  picked: Picked;
  onPick: (picked: Picked) => void;
  sort: ISort;
  onSort: (sort: ISort) => void;
  current: string | null;
  onCurrent: (did: string | null) => void;
  onOpen: (did: string) => void;
  hasMore: boolean;
  loadMore: () => void;
}

/** The runs: a grid of which only the rows in sight exist, for mouse and keyboard alike. */
export function RunTable(props: IRunTable): React.ReactElement {
  const { rows, isWide, picked, onPick, hasMore, loadMore } = props;
  const { trans, instance } = usePanel();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const anchor = useRef(0);
  const width = useWidth(scroller);
  const shown = useMemo(() => fitting(columns(trans), width), [trans, width]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isWide ? WIDE_ROW : NARROW_ROW),
    overscan: 8
  });
  useEffect(() => {
    virtual.measure();
  }, [isWide, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - 60) {
      loadMore();
    }
  }, [hasMore, last, loadMore, rows.length]);
  const inSight = items.flatMap(item => rows[item.index] ?? []);
  useFreshRows(inSight);

  const moveTo = useCallback(
    (index: number, extend: boolean) => {
      const next = Math.max(0, Math.min(rows.length - 1, index));
      setActive(next);
      virtual.scrollToIndex(next);
      if (extend) {
        onPick(only(between(rows, anchor.current, next)));
      } else {
        anchor.current = next;
      }
      requestAnimationFrame(() => {
        scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus();
      });
    },
    [onPick, rows, virtual]
  );

  const onKeyDown = (event: React.KeyboardEvent): void => {
    const page = Math.max(
      1,
      Math.floor((scroller.current?.clientHeight ?? 300) / (isWide ? WIDE_ROW : NARROW_ROW)) - 1
    );
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1
    };
    const step = steps[event.key];
    const run = rows[active];
    if (step !== undefined) {
      moveTo(step, event.shiftKey);
    } else if (event.key === ' ' && run) {
      onPick(toggled(picked, run.did));
    } else if (event.key === 'Enter' && run) {
      props.onOpen(run.did);
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      onPick(EVERYTHING);
    } else if (event.key === 'Escape') {
      onPick(only([]));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const onClick = (event: React.MouseEvent, index: number): void => {
    const run = rows[index];
    if (!run) {
      return;
    }
    setActive(index);
    props.onCurrent(run.did);
    if (event.shiftKey) {
      onPick(withAll(picked, between(rows, anchor.current, index)));
      return;
    }
    anchor.current = index;
    const onBox = (event.target as HTMLElement).closest('.jp-magicRucio-tick') !== null;
    onPick(event.ctrlKey || event.metaKey || onBox ? toggled(picked, run.did) : only([run.did]));
  };

  const template = `28px 96px ${shown.map(column => column.width).join(' ')}`;
  return (
    <div
      className="jp-magicRucio-table"
      role="grid"
      aria-label={trans.__('MAGIC DL3 runs')}
      aria-multiselectable="true"
      aria-rowcount={props.total}
      onKeyDown={onKeyDown}
      data-wide={isWide}
    >
      {isWide && <Head {...props} shown={shown} template={template} />}
      <div className="jp-magicRucio-scroller" ref={scroller} role="rowgroup">
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
          {items.map(item => {
            const run = rows[item.index];
            if (!run) {
              return null;
            }
            return (
              <div
                key={run.did}
                role="row"
                aria-rowindex={item.index + 1}
                aria-selected={isPicked(picked, run.did)}
                aria-label={isWide ? undefined : rowLabel(run)}
                data-index={item.index}
                data-did={run.did}
                className="jp-magicRucio-row"
                data-current={props.current === run.did}
                tabIndex={item.index === active ? 0 : -1}
                style={{
                  transform: `translateY(${item.start}px)`,
                  height: item.size,
                  gridTemplateColumns: isWide ? template : undefined
                }}
                onClick={event => {
                  onClick(event, item.index);
                }}
                onDoubleClick={() => {
                  props.onOpen(run.did);
                }}
              >
                {isWide ? (
                  <WideCells
                    run={run}
                    availability={run.availability}
                    shown={shown}
                    isPicked={isPicked(picked, run.did)}
                  />
                ) : (
                  <NarrowCell
                    run={run}
                    availability={run.availability}
                    isPicked={isPicked(picked, run.did)}
                    words={availabilityWords(
                      run.availability,
                      instance?.destination_rse ?? '',
                      trans
                    )}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Head(props: IRunTable & { shown: IColumn[]; template: string }): React.ReactElement {
  const { sort, onSort, shown, template } = props;
  const { trans, instance } = usePanel();
  const place = instance?.destination_rse.split('-')[0] ?? '';
  const all: { key: ISort['key']; label: string; numeric: boolean }[] = [
    { key: 'availability', label: trans.__('At %1', place), numeric: false },
    ...shown
  ];
  return (
    <div role="rowgroup">
      <div role="row" className="jp-magicRucio-head" style={{ gridTemplateColumns: template }}>
        <span role="columnheader">
          <span className="jp-magicRucio-hidden">{trans.__('Picked')}</span>
        </span>
        {all.map(column => {
          const isSorted = sort.key === column.key;
          return (
            <span
              key={column.key}
              role="columnheader"
              aria-sort={isSorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}
              data-numeric={column.numeric}
            >
              <button
                type="button"
                onClick={() => {
                  onSort({ key: column.key, descending: isSorted ? !sort.descending : false });
                }}
              >
                {column.label}
                {isSorted ? (sort.descending ? ' ↓' : ' ↑') : ''}
              </button>
            </span>
          );
        })}
      </div>
    </div>
  );
}

/** Leave out the last columns for which there is no room. */
function fitting(all: IColumn[], width: number): IColumn[] {
  let left = width - FIRST_COLUMNS;
  return all.filter(column => {
    left -= column.least;
    return left >= 0;
  });
}

function useWidth(ref: React.RefObject<HTMLElement>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const node = ref.current;
    if (!node) {
      return;
    }
    const observer = new ResizeObserver(([entry]) => {
      setWidth(entry?.contentRect.width ?? 0);
    });
    observer.observe(node);
    return () => {
      observer.disconnect();
    };
  }, [ref]);
  return width;
}

function rowLabel(run: Run): string {
  return `${run.target ?? run.did} ${runText(run.run)}`;
}

function between(rows: readonly Run[], from: number, to: number): string[] {
  return rows.slice(Math.min(from, to), Math.max(from, to) + 1).map(run => run.did);
}
