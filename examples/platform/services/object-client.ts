// How the services read and write objects: plain GET and PUT on `s3://bucket/key`, at whatever base URL they were given.

/** An object at one version, as the platform's services name it to one another. */
export interface ObjectVersion {
  readonly uri: string
  readonly versionId: string
}

export async function putObject(base: string, uri: string, bytes: string, type: string): Promise<ObjectVersion> {
  const response = await fetch(addressOf(base, uri), { method: 'PUT', body: bytes, headers: { 'content-type': type } })
  if (!response.ok) throw new Error(`PUT ${uri} was answered ${response.status}`)
  return { uri, versionId: response.headers.get('x-amz-version-id') ?? '' }
}

export async function getObject(base: string, object: ObjectVersion): Promise<string> {
  const response = await fetch(`${addressOf(base, object.uri)}?versionId=${encodeURIComponent(object.versionId)}`)
  if (!response.ok) throw new Error(`GET ${object.uri} was answered ${response.status}`)
  return response.text()
}

function addressOf(base: string, uri: string): string {
  const path = uri.replace(/^s3:\/\//, '')
  return `${base}/${path.split('/').map(encodeURIComponent).join('/')}`
}
