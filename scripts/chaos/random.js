/** mulberry32: the same seed gives the same numbers. */
export function randomOf(seed) {
  let state = Number(seed) | 0;
  const random = (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
  return { random, pick: (list) => list[random(list.length)] };
}
