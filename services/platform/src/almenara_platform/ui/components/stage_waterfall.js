// The stages of a run over time. Widths and places are shares of the time shown, in percent.
export default {
  props: { rows: Array, ticks: Array },
  template: `
    <div class="al-stages" role="table" aria-label="Stages of the run">
      <div class="al-stage al-stage-head" role="row">
        <span role="columnheader">Stage</span>
        <span role="columnheader" class="al-axis"><i v-for="(tick, i) in ticks" :key="i">{{ tick }}</i></span>
        <span role="columnheader" class="end">Duration</span>
        <span role="columnheader" class="end">Records</span>
        <span role="columnheader" class="end al-rate">Records/s</span>
      </div>
      <div v-for="row in rows" :key="row.key" :class="['al-stage', 'tone-' + row.look.tone]" role="row">
        <span role="cell" class="al-stage-name" :title="row.name">
          <q-icon :name="row.look.icon" /><span class="al-clip">{{ row.name }}</span>
          <span class="al-hidden">{{ row.look.label }}</span></span>
        <span role="cell" class="al-track" :title="row.title">
          <i :class="{ going: row.going }" :style="{ left: row.left + '%', width: row.width + '%' }"></i></span>
        <span role="cell" class="end">{{ row.duration }}</span>
        <span role="cell" class="end">{{ row.records }}</span>
        <span role="cell" class="end al-rate">{{ row.rate }}</span>
        <span v-if="row.error" role="cell" class="al-stage-error">{{ row.error }}</span>
      </div>
    </div>`,
};
