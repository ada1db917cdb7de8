export type Message = never
