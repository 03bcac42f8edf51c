//go:build race

package weaken

const underRace = true
