/** Computes once, at the first call. */
export function lazily<T>(compute: () => T): () => T {
  let value: { readonly made: T } | undefined;
  return () => (value ??= { made: compute() }).made;
}
