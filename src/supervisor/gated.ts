/**
 * The same object, on which `enter` is called before anything of it is used. The control socket is given the supervisor's
 * API in this form, so that no call can forget that reports may still wait (report-lane.ts).
 */
export function gated<T extends object>(inside: T, enter: () => void): T {
  return new Proxy(inside, {
    get: (_proxy, name) => {
      enter();
      const value: unknown = Reflect.get(inside, name, inside);
      return typeof value === 'function' ? (value.bind(inside) as unknown) : value;
    },
  });
}
