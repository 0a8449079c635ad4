/** Finds the comments of an ecosystem file: those at its top, and those within each app. Pure. */

interface Comments {
  readonly head: readonly string[];
  readonly ofApp: readonly (readonly string[])[];
}

/**
 * Finds comments. The depth of an app's own braces in `{ apps: [ {` or `[ {` follows from the beginning of
 * the file.
 */
export function commentsIn(text: string, extension: string): Comments {
  return /^\.ya?ml$/.test(extension) ? commentsOfYaml(text) : commentsOfScript(text);
}

function commentsOfYaml(text: string): Comments {
  const head: string[] = [];
  const ofApp: string[][] = [];
  let list: number | undefined;
  for (const line of text.split(/\r?\n/)) {
    const comment = /^\s*#+ ?(.*)$/.exec(line) ?? /^[^'"#]*\s#+ ?(.*)$/.exec(line);
    const item = /^(\s*)- /.exec(line);
    if (item !== null) {
      list ??= item[1]!.length;
      if (item[1]!.length === list) ofApp.push([]);
    }
    if (comment !== null) (ofApp.at(-1) ?? head).push(comment[1]!);
  }
  return { head, ofApp };
}

/**
 * Skips string literals and counts brackets. A regular expression is misread, which can cost a comment at
 * most.
 */
function commentsOfScript(text: string): Comments {
  const head: string[] = [];
  const ofApp: string[][] = [];
  let depth = 0;
  let appDepth: number | undefined;
  let brackets = '';
  const token =
    /\/\/([^\n]*)|\/\*([\s\S]*?)\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`|[{}[\]()]/g;
  for (const match of text.matchAll(token)) {
    const [whole, line, block] = match;
    if (line !== undefined || block !== undefined) {
      const lines = (line ?? block!).split('\n').map((one) => one.trim().replace(/^\*+ ?/, ''));
      const target =
        appDepth !== undefined && depth >= appDepth && ofApp.length > 0
          ? ofApp.at(-1)!
          : ofApp.length === 0
            ? head
            : undefined;
      target?.push(...lines.filter((one) => one !== ''));
    } else if (/[{[(]/.test(whole)) {
      if (whole === '{' && brackets.endsWith('[') && (appDepth === undefined || depth + 1 === appDepth)) {
        appDepth = depth + 1;
        ofApp.push([]);
      }
      depth += 1;
      brackets += whole;
    } else if (/[}\])]/.test(whole)) {
      depth -= 1;
      brackets = brackets.slice(0, -1);
    }
  }
  return { head, ofApp };
}
