/** Name, within a home, of the file that says where the running node answers. */
export const CONTROL_FILE = 'control.json'
