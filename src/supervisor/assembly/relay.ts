/**
 * Connects a part with another one that is built later, for instance the tracker with the receiver of its verdicts.
 * Values sent before `connect` are queued.
 */
export class Relay<Value> {
  readonly #waiting: Value[] = [];
  #receive: ((value: Value) => void) | undefined;

  readonly send = (value: Value): void => {
    if (this.#receive === undefined) this.#waiting.push(value);
    else this.#receive(value);
  };

  /** Sets the receiver. @throws Error if there is one already */
  connect(receive: (value: Value) => void): void {
    if (this.#receive !== undefined) throw new Error('a relay has one receiver');
    this.#receive = receive;
    for (const value of this.#waiting.splice(0)) receive(value);
  }
}
