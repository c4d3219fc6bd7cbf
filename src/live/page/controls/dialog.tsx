/** A window above the page: the browser's own dialog, which keeps the focus inside and closes on Escape. */
import { useEffect, useRef, type ReactNode } from "react"
import { Close } from "./icons.tsx"

export const Dialog = ({ title, onClose, children, className = "" }: { readonly title: string; readonly onClose: () => void; readonly children: ReactNode; readonly className?: string }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    if (element?.open === false) element.showModal()
    return () => element?.close()
  }, [])
  return (
    <dialog ref={dialog} className={`dialog ${className}`} aria-label={title} onCancel={(event) => (event.preventDefault(), onClose())} onClick={(event) => event.target === dialog.current && onClose()}>
      <div className="dialog-body">
        <header><h2>{title}</h2><button className="quiet icon" aria-label="Close" onClick={onClose}><Close /></button></header>
        {children}
      </div>
    </dialog>
  )
}
