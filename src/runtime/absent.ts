/** For `catch`: what is not there is that, all else is an error. */
export function absent<T>(make: () => T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return make()
    throw error
  }
}
