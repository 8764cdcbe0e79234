// Where the example's files lie that are not code: always in the source folder, also when the code runs from dist/.

export function exampleFolder(): URL {
  const here = new URL('./', import.meta.url)
  const compiled = '/dist/examples/platform/'
  return here.pathname.endsWith(compiled) ? new URL('../../../examples/platform/', here) : here
}
