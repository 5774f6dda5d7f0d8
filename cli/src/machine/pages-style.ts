/** What the pages look like: one calm column, light and dark, with the fonts of the machine and nothing fetched. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fafaf9; --glow: #ebe9fb; --card: #ffffff; --line: #e4e3ea; --text: #1f1d2b; --soft: #5d5a6d; --accent: #4f3cc9;
  --code: #f4f3f7; --ready: #157347; --starting: #8a5a00; --failed: #b3261e; --stopped: #5d5a6d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131219; --glow: #231f3f; --card: #1b1a23; --line: #32303d; --text: #f0eff5; --soft: #a9a6b8; --accent: #b3a7ff;
    --code: #15141c; --ready: #5ccf95; --starting: #f0b84a; --failed: #ff8f85; --stopped: #a9a6b8;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  min-height: 100vh; padding: clamp(2rem, 9vh, 6rem) clamp(1rem, 5vw, 3rem) 3rem; color: var(--text);
  background: radial-gradient(60rem 26rem at 50% -10rem, var(--glow), transparent 75%) no-repeat var(--ground);
  font: 1rem/1.6 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 44rem; margin: 0 auto; }
.eyebrow { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
h1 { margin: .35rem 0 .75rem; font-size: clamp(1.75rem, 5vw, 2.5rem); font-weight: 700; letter-spacing: -.025em; line-height: 1.15; overflow-wrap: anywhere; text-wrap: balance; }
h2 { margin: 2.25rem 0 .6rem; font-size: .875rem; font-weight: 600; color: var(--soft); }
p { max-width: 38rem; overflow-wrap: anywhere; }
p + p { margin-top: .5rem; }
.why::first-letter { text-transform: uppercase; }
.soft { color: var(--soft); }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 6px; }
code, pre { font: .8125rem/1.65 ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
.card { padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: 14px; background: var(--card); }
.way { display: flex; align-items: flex-start; margin: 2rem 0; padding: 1.5rem 1rem 1.25rem; list-style: none; }
.way li { position: relative; flex: 1; min-width: 0; padding: 0 .25rem; text-align: center; overflow-wrap: anywhere; line-height: 1.35; }
.way li::before { content: ""; display: block; width: .875rem; height: .875rem; margin: 0 auto .6rem; border-radius: 50%; background: var(--tone); box-shadow: 0 0 0 5px color-mix(in srgb, var(--tone) 18%, transparent); }
.way li + li::after { content: ""; position: absolute; top: .4375rem; right: calc(50% + 1.25rem); width: calc(100% - 2.5rem); border-top: 2px solid var(--line); }
.way li[data-status]:last-child::after { border-top-style: dashed; border-color: var(--tone); }
.way b { display: block; font-weight: 600; }
.way span { color: var(--soft); font-size: .875rem; }
[data-status] { --tone: var(--stopped); }
[data-status="ready"] { --tone: var(--ready); }
[data-status="starting"] { --tone: var(--starting); }
[data-status="failed"] { --tone: var(--failed); }
.log { display: flex; flex-direction: column-reverse; max-height: 24rem; overflow: auto; padding: 1rem 1.25rem; background: var(--code); }
.log pre { white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
.next { padding: 0; list-style: none; }
.next li { padding: .6rem 1.25rem; }
.next li + li { border-top: 1px solid var(--line); }
.next span { display: block; color: var(--soft); font-size: .875rem; }
.list { display: grid; gap: .75rem; padding: 0; list-style: none; }
.list h3 { font-size: 1.125rem; font-weight: 650; overflow-wrap: anywhere; }
.services { display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; margin-top: .4rem; padding: 0; list-style: none; font-size: .9375rem; }
.services li { overflow-wrap: anywhere; }
.services li::before { content: ""; display: inline-block; width: .55rem; height: .55rem; margin-right: .5rem; border-radius: 50%; background: var(--tone); }
.services span { color: var(--soft); }
@media (prefers-reduced-motion: no-preference) {
  .way li[data-status="starting"]::before { animation: breathe 2s ease-in-out infinite; }
  @keyframes breathe { 50% { opacity: .45; } }
}
`
