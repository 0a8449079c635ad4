/**
 * Passes on what one part produces to another that is made after it, such as the tracker's verdicts to whoever acts on them.
 * What is sent before somebody is connected waits.
 */
export class Relay<Value> {
  readonly #waiting: Value[] = [];
  #receive: ((value: Value) => void) | undefined;

  readonly send = (value: Value): void => {
    if (this.#receive === undefined) this.#waiting.push(value);
    else this.#receive(value);
  };

  /** There is one receiver. @throws Error when there is one already */
  connect(receive: (value: Value) => void): void {
    if (this.#receive !== undefined) throw new Error('a relay has one receiver');
    this.#receive = receive;
    for (const value of this.#waiting.splice(0)) receive(value);
  }
}
