// The floors' server, a process of its own as each node is: empty calls, an echoing stream, a file over plain http.
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { bindGrpcServer, createGrpcServer } from '../src/rpc/grpc-server.js'
import { ECHO_SERVICE } from './echo-service.js'

const [file = ''] = process.argv.slice(2)
const server = createGrpcServer()
server.addService(ECHO_SERVICE, {
  Empty: (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) =>
    callback(null, call.request),
  Stream: (call: ServerDuplexStream<Buffer, Buffer>) => {
    call.on('data', (message: Buffer) => call.write(message))
    call.on('end', () => call.end())
    call.on('error', () => {})
  },
})
const grpc = await bindGrpcServer(server, '127.0.0.1:0', 'the floors')
const http = createServer((_request, response) => createReadStream(file).pipe(response))
http.listen(0, '127.0.0.1', () => process.send?.({ grpc, httpPort: (http.address() as AddressInfo).port }))
process.once('disconnect', () => process.exit())
