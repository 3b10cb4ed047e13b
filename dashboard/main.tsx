import { render } from 'preact'
import { App } from './app.tsx'
import './styles/base.css'
import './styles/panels.css'
import 'uplot/dist/uPlot.min.css'

render(<App />, document.getElementById('app')!)
