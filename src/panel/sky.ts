/** Where a direction is on an all-sky map in Mollweide's projection; pure. */

export interface IPlace {
  x: number;
  y: number;
}

const RADIANS = Math.PI / 180;

/**
 * Project a direction.
 *
 * @param ra - Right ascension, degrees; it grows to the left, as on the sky.
 * @param dec - Declination, degrees.
 * @returns x in -2..2 and y in -1..1, y upwards.
 *
 * The auxiliary angle solves 2t + sin 2t = pi sin dec (Snyder 1987, eq. 31-4) by Newton's method.
 */
export function mollweide(ra: number, dec: number): IPlace {
  const longitude = ((((180 - ra) % 360) + 540) % 360) - 180;
  const target = Math.PI * Math.sin(dec * RADIANS);
  let angle = dec * RADIANS;
  for (let step = 0; step < 50; step++) {
    const slope = 2 + 2 * Math.cos(2 * angle);
    if (slope < 1e-9) {
      break;
    }
    const change = (2 * angle + Math.sin(2 * angle) - target) / slope;
    angle -= change;
    if (Math.abs(change) < 1e-10) {
      break;
    }
  }
  return { x: (2 * longitude * Math.cos(angle)) / 180, y: Math.sin(angle) };
}

/** Lines of equal right ascension and declination, as SVG path data with y downwards. */
export function graticule(): string {
  const line = (points: IPlace[]): string =>
    points
      .map((place, i) => `${i ? 'L' : 'M'}${place.x.toFixed(3)} ${(-place.y).toFixed(3)}`)
      .join('');
  const steps = (from: number, to: number, by: number): number[] =>
    Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, i) => from + i * by);
  const meridians = steps(60, 300, 60).map(ra =>
    line(steps(-90, 90, 5).map(dec => mollweide(ra, dec)))
  );
  const parallels = steps(-60, 60, 30).map(dec =>
    line(steps(0.01, 359.99, 5).map(ra => mollweide(ra, dec)))
  );
  return [...meridians, ...parallels].join('');
}
